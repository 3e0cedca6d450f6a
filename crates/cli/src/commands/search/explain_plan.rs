use super::parsed_query::ParsedQuery;
use crate::exit::{Failure, Result};
use crate::output::{self, bytes, thousands};
use pleiad::{Answer, PageParams, SearchParams, Snapshot};
use pleiad_text::{Mode, QueryForm, Ranking, RankingOptions, Searcher};
use std::io::Write;
use std::time::Instant;

/// Prints the plan for every length of queries that has one of its own.
pub(crate) fn every_length(snapshot: &Snapshot, params: &SearchParams, asked: RankingOptions) -> Result<()> {
    let ranking = Ranking::settle(snapshot.schema(), asked, QueryForm::Text)?;
    if ranking.mode() == Mode::Words {
        return Err(Failure::invalid("name a query: searches by words have one plan for all"));
    }
    let mut out = output::stdout();
    let calibration = ranking.calibration(snapshot)?;
    let lengths: Vec<usize> =
        calibration.iter().flat_map(|known| &known.classes).map(|class| class.min_tokens).collect();
    let plan_for = |num_tokens: usize| ranking.plan_for(snapshot, num_tokens, params);
    if lengths.len() < 2 || params.exact || params.num_candidates.is_some() || params.num_reranked.is_some() {
        let plan = plan_for(lengths.first().copied().unwrap_or(1))?;
        writeln!(out, "{plan}\n  {}", plan.basis)?;
        return Ok(());
    }
    for (at, &least) in lengths.iter().enumerate() {
        let plan = plan_for(least)?;
        let length = lengths_of(least, lengths.get(at + 1).copied());
        writeln!(out, "queries of {length}: {plan}\n  {}", plan.basis)?;
    }
    Ok(())
}

/// A range of lengths, as `5 to 8 tokens`.
pub(crate) fn lengths_of(least: usize, next: Option<usize>) -> String {
    match next {
        Some(next) if next == least + 1 => crate::output::counted(least as u64, "token"),
        Some(next) => format!("{least} to {} tokens", next - 1),
        None => format!("{least} tokens and more"),
    }
}

/// Prints the plan of each query, what it was chosen by, and what the search took.
pub(crate) fn run(
    searcher: &Searcher<'_>,
    page: &PageParams,
    params: &SearchParams,
    asked: impl Iterator<Item = ParsedQuery>,
) -> Result<()> {
    let mut out = output::stdout();
    let mut last = None;
    for ParsedQuery { id, question, .. } in asked {
        let question = question.map_err(|failure| Failure::within(failure, format!("query {id}")))?;
        let start = Instant::now();
        let Answer { plan, spent, .. } = searcher.page(&question, page, params)?.answer;
        let ms = start.elapsed().as_secs_f64() * 1e3;
        if last.as_ref() != Some(&plan) {
            writeln!(out, "{plan}\n  {}", plan.basis)?;
            last = Some(plan);
        }
        let others = match spent.num_others {
            0 => String::new(),
            others => format!(" ({} of them not matching)", thousands(others)),
        };
        writeln!(
            out,
            "query {id}: {} scanned, {} postings, {} rescored{others}, {} reranked, {} read, {ms:.1} ms",
            thousands(spent.num_scanned),
            thousands(spent.num_postings),
            thousands(spent.num_rescored),
            thousands(spent.num_reranked),
            bytes(spent.read_bytes),
        )?;
    }
    Ok(())
}
