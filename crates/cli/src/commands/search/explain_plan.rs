use super::asked::Asked;
use crate::exit::{Failure, Result};
use crate::output::{bytes, thousands};
use pleiad::{SearchParams, Snapshot};
use std::io::Write;
use std::time::Instant;

/// Prints the plan and who chose it, and for each query what it took.
pub(crate) fn run(
    snapshot: &Snapshot,
    params: &SearchParams,
    asked: impl Iterator<Item = Asked>,
) -> Result<()> {
    let mut out = anstream::stdout().lock();
    let plan = snapshot.plan(params)?;
    writeln!(out, "{plan}\n  {}", plan.basis)?;
    for Asked { id, question, .. } in asked {
        let question = question.map_err(|failure| Failure::within(failure, format!("query {id}")))?;
        let start = Instant::now();
        let spent = snapshot.search(&question.query, params)?.spent;
        let ms = start.elapsed().as_secs_f64() * 1e3;
        writeln!(
            out,
            "query {id}: {} scanned, {} postings, {} rescored, {} reranked, {} read, {ms:.1} ms",
            thousands(spent.num_scanned),
            thousands(spent.num_postings),
            thousands(spent.num_rescored),
            thousands(spent.num_reranked),
            bytes(spent.read_bytes),
        )?;
    }
    Ok(())
}
