mod bm25;
mod ground_truth;
mod judged;
mod measure;
mod report;

pub(crate) use judged::Judged;
pub(crate) use measure::{Search, measure, search_all};

use crate::args::EvalArgs;
use crate::environment;
use crate::exit::{Failure, Result};
use crate::output::json_line;
use crate::run_file;
use pleiad::{Collection, SearchParams};
use pleiad_text::Unattended;
use std::io::Write;

pub(crate) fn run(args: &EvalArgs) -> Result<()> {
    let snapshot = Collection::open(&args.collection)?.snapshot()?;
    if let (true, Some(encoder)) = (args.ground_truth, &snapshot.schema().encoder) {
        let message =
            format!("--ground-truth is for token vectors; this collection's come from encoder {encoder}");
        return Err(Failure::invalid(message));
    }
    let encoder = environment::models().for_queries(&snapshot, &args.model.options(), &Unattended)?;
    let judged = Judged::open(
        &args.judged,
        &args.split,
        &snapshot,
        encoder.as_ref().map(|encoder| &*encoder.queries),
    )?;
    let (num_candidates, num_reranked) = (args.candidates, args.rerank);
    let params =
        SearchParams { k: args.k, recall: args.recall, num_candidates, num_reranked, ..Default::default() };
    let measured = measure(&snapshot, &judged, &params)?;
    let overlaps = match args.ground_truth {
        true => Some(ground_truth::overlaps(&args.judged, &measured)?),
        false => None,
    };
    let yardstick = match (args.bm25, &judged.qrels) {
        (true, Some(qrels)) => Some(bm25::compare(&args.judged, &args.split, qrels, &measured)?),
        (true, None) => return Err(Failure::invalid("--bm25 needs judgements: this folder has none")),
        (false, _) => None,
    };
    if let (Some(path), Some(search)) = (&args.run, measured.deepest()) {
        run_file::write(&search.side.run, path)?;
    }
    let mut out = anstream::stdout().lock();
    if args.json {
        return json_line(&mut out, &report::as_json(&measured, overlaps.as_deref(), yardstick.as_ref()));
    }
    Ok(write!(out, "{}", report::as_text(&measured, overlaps.as_deref(), yardstick.as_ref()))?)
}
