use super::Judged;
use crate::exit::Result;
use crate::run_file;
use pleiad::{Answer, Plan, SearchParams, Snapshot};
use pleiad_evaluate::{Evaluation, Metric, Run, evaluate, mean_fidelity};
use std::time::Instant;

/// A search and an exact one over the same queries.
pub(crate) struct Measured {
    pub(crate) num_queries: usize,
    pub(crate) k: usize,
    pub(crate) plan: Plan,
    pub(crate) found: Side,
    pub(crate) exact: Side,
    /// Depth and share of the exact top that was found.
    pub(crate) fidelities: Vec<(usize, f64)>,
}

/// What one of the two gave and cost.
pub(crate) struct Side {
    pub(crate) run: Run,
    pub(crate) evaluation: Option<Evaluation>,
    /// Means per query.
    pub(crate) num_scanned: f64,
    pub(crate) num_rescored: f64,
    pub(crate) num_reranked: f64,
    /// CPU time of all threads per query, where the system tells it.
    pub(crate) cpu_ms: Option<f64>,
    /// Queries per second, many at a time.
    pub(crate) queries_per_second: f64,
}

/// Runs every query twice, exactly and as asked, on all cores.
///
/// # Errors
/// The first query that fails.
pub(crate) fn measure(snapshot: &Snapshot, judged: &Judged, params: &SearchParams) -> Result<Measured> {
    let plan = params.plan(snapshot.num_documents())?;
    let exact_params = SearchParams { k: params.k, exact: true, ..SearchParams::default() };
    // The exact search goes first: it reads every page, so that neither pays for a cold disk in the second figure.
    let (exact_answers, exact) = search_all(snapshot, judged, &exact_params)?;
    let (found_answers, found) = search_all(snapshot, judged, params)?;
    let depths = if params.k > 10 { vec![10, params.k] } else { vec![params.k] };
    let fidelities =
        depths.into_iter().map(|depth| (depth, fidelity(&found_answers, &exact_answers, depth))).collect();
    Ok(Measured { num_queries: judged.queries.len(), k: params.k, plan, found, exact, fidelities })
}

/// Answers every query on all cores and says what that gave and cost.
///
/// # Errors
/// The first query that fails.
pub(crate) fn search_all(
    snapshot: &Snapshot,
    judged: &Judged,
    params: &SearchParams,
) -> Result<(Vec<Answer>, Side)> {
    let (start, cpu_start) = (Instant::now(), cpu_ms());
    let answers = snapshot.search_batch(&judged.queries, params);
    let (seconds, cpu_end) = (start.elapsed().as_secs_f64(), cpu_ms());
    let answers = answers.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    let mut run = Run::default();
    for (id, answer) in judged.ids.iter().zip(&answers) {
        run.insert(id.as_str(), run_file::entries(answer));
    }
    let num_queries = answers.len().max(1) as f64;
    let mean = |count: fn(&Answer) -> u64| answers.iter().map(count).sum::<u64>() as f64 / num_queries;
    let evaluation = judged.qrels.as_ref().map(|qrels| evaluate(qrels, &run, &metrics(params.k)));
    let side = Side {
        num_scanned: mean(|answer| answer.spent.num_scanned),
        num_rescored: mean(|answer| answer.spent.num_rescored),
        num_reranked: mean(|answer| answer.spent.num_reranked),
        cpu_ms: cpu_start.zip(cpu_end).map(|(start, end)| (end - start) / num_queries),
        queries_per_second: num_queries / seconds.max(1e-9),
        evaluation,
        run,
    };
    Ok((answers, side))
}

/// What is reported for `k` hits.
fn metrics(k: usize) -> [Metric; 4] {
    [Metric::Ndcg(10.min(k)), Metric::Recall(k), Metric::Mrr(10.min(k)), Metric::Map]
}

fn fidelity(found: &[Answer], exact: &[Answer], depth: usize) -> f64 {
    let pairs = |answers: &[Answer]| -> Vec<Vec<(u64, f32)>> {
        let of = |answer: &Answer| answer.hits.iter().map(|hit| (hit.id.0, hit.score.get())).collect();
        answers.iter().map(of).collect()
    };
    let (found, exact) = (pairs(found), pairs(exact));
    mean_fidelity(found.iter().map(Vec::as_slice).zip(exact.iter().map(Vec::as_slice)), depth)
}

/// CPU time that this process has used so far, all threads together.
#[cfg(unix)]
fn cpu_ms() -> Option<f64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6)
}

/// Not told by this system.
#[cfg(not(unix))]
fn cpu_ms() -> Option<f64> {
    None
}
