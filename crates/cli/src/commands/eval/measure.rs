use super::Judged;
use super::own::Own;
use crate::exit::Result;
use crate::run_file;
use pleiad::{Answer, Plan, SearchParams};
use pleiad_evaluate::{Evaluation, Metric, Run, evaluate, mean_fidelity};
use pleiad_text::{Ranking, Searcher};
use std::time::Instant;

/// Searches and an exact one over the same queries.
pub(crate) struct Measured {
    pub(crate) ranking: Ranking,
    pub(crate) num_queries: usize,
    pub(crate) k: usize,
    /// For ten hits, if more are measured, and for `k`: the fewer hits are asked for, the less work is done.
    pub(crate) searches: Vec<Search>,
    pub(crate) exact: Side,
    /// Documents with the ids of queries.
    pub(crate) own: Own,
}

/// A search as asked for, beside the exact one.
pub(crate) struct Search {
    pub(crate) depth: usize,
    /// The plan that most queries got: that of a query depends on its length.
    pub(crate) plan: Plan,
    /// Plans that queries got, all lengths together.
    pub(crate) num_plans: usize,
    /// The recall promised, the mean over queries, where all of them are promised one.
    pub(crate) promised: Option<f64>,
    /// The recall expected, likewise.
    pub(crate) expected: Option<f64>,
    pub(crate) side: Side,
    /// Share of the exact top `depth` that was found.
    pub(crate) fidelity: f64,
}

impl Measured {
    /// The search for all `k` hits.
    pub(crate) fn deepest(&self) -> Option<&Search> {
        self.searches.last()
    }
}

/// Result and cost of a search.
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

/// Depth of the figures that are usual for the first page of hits.
const SHALLOW: usize = 10;

/// Runs every query exactly and as asked for, on all cores. Where queries are documents of the collection, one hit
/// more is searched for and the query's own document left out, as BEIR does.
///
/// # Errors
/// The first query that fails.
pub(crate) fn measure(
    searcher: &Searcher<'_>,
    judged: &Judged,
    params: &SearchParams,
    named: &[Metric],
) -> Result<Measured> {
    let num_queries = num_own_ids(searcher, judged)?;
    let num_more = usize::from(num_queries > 0);
    let filter = params.filter.clone();
    let exact_params =
        SearchParams { k: params.k + num_more, exact: true, filter, ..SearchParams::default() };
    // The exact search goes first: it reads every page, so that no other pays for a cold disk.
    let (exact_answers, mut exact) = search_all(searcher, judged, &exact_params)?;
    let is_left_out = exact.run.are_queries_documents();
    let own = Own { num_queries, num_left_out: if is_left_out { num_queries } else { 0 } };
    exact.settle(judged, params.k, is_left_out, named);
    let depths = if params.k > SHALLOW { vec![SHALLOW, params.k] } else { vec![params.k] };
    let search = |depth: usize| -> Result<Search> {
        let params = SearchParams { k: depth + usize::from(is_left_out), ..params.clone() };
        let (answers, mut side) = search_all(searcher, judged, &params)?;
        let fidelity = fidelity(&answers, &exact_answers, depth);
        side.settle(judged, depth, is_left_out, named);
        let (plan, num_plans) = match usual_plan(&answers) {
            Some(usual) => usual,
            None => (searcher.ranking().plan_for(searcher.snapshot(), 1, &params)?, 1),
        };
        let [promised, expected] =
            [Plan::promised_recall, Plan::expected_recall].map(|of| mean_of(&answers, of));
        Ok(Search { depth, plan, num_plans, promised, expected, side, fidelity })
    };
    let searches = depths.into_iter().map(search).collect::<Result<_>>()?;
    let (ranking, num_queries) = (searcher.ranking(), judged.questions.len());
    Ok(Measured { ranking, num_queries, k: params.k, searches, exact, own })
}

/// Queries whose id is the key of a document.
fn num_own_ids(searcher: &Searcher<'_>, judged: &Judged) -> Result<usize> {
    let mut num = 0;
    for id in &judged.ids {
        num += usize::from(searcher.snapshot().get(id)?.is_some());
    }
    Ok(num)
}

impl Side {
    /// Brings the hits to what counts, and measures them.
    fn settle(&mut self, judged: &Judged, k: usize, is_left_out: bool, named: &[Metric]) {
        if is_left_out {
            self.run.leave_out_own_documents();
        }
        self.run.truncate(k);
        let metrics = metrics(named, k);
        self.evaluation = judged.qrels.as_ref().map(|qrels| evaluate(qrels, &self.run, &metrics));
    }
}

/// The plan that most answers followed, and how many different ones there were.
fn usual_plan(answers: &[Answer]) -> Option<(Plan, usize)> {
    let mut plans: Vec<(&Plan, usize)> = Vec::new();
    for answer in answers {
        match plans.iter_mut().find(|(plan, _)| **plan == answer.plan) {
            Some((_, num)) => *num += 1,
            None => plans.push((&answer.plan, 1)),
        }
    }
    let num_plans = plans.len();
    plans.into_iter().rev().max_by_key(|(_, num)| *num).map(|(plan, _)| (plan.clone(), num_plans))
}

/// The mean of a recall over answers, if every plan has one.
fn mean_of(answers: &[Answer], recall: fn(&Plan) -> Option<f64>) -> Option<f64> {
    let sum = answers.iter().map(|answer| recall(&answer.plan)).sum::<Option<f64>>()?;
    Some(sum / answers.len().max(1) as f64)
}

/// Answers every query on all cores and says what that gave and cost.
///
/// # Errors
/// The first query that fails.
fn search_all(
    searcher: &Searcher<'_>,
    judged: &Judged,
    params: &SearchParams,
) -> Result<(Vec<Answer>, Side)> {
    let (start, cpu_start) = (Instant::now(), cpu_ms());
    let answers = searcher.search_batch(&judged.questions, params);
    let (seconds, cpu_end) = (start.elapsed().as_secs_f64(), cpu_ms());
    let answers = answers.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    let mut run = Run::default();
    for (id, answer) in judged.ids.iter().zip(&answers) {
        run.insert(id.as_str(), run_file::entries(answer));
    }
    let num_queries = answers.len().max(1) as f64;
    let mean = |count: fn(&Answer) -> u64| answers.iter().map(count).sum::<u64>() as f64 / num_queries;
    let evaluation = judged.qrels.as_ref().map(|qrels| evaluate(qrels, &run, &metrics(&[], params.k)));
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

/// The named metrics for which `k` hits are enough; the usual ones where none are named.
pub(crate) fn metrics(named: &[Metric], k: usize) -> Vec<Metric> {
    if named.is_empty() {
        return vec![Metric::Ndcg(10.min(k)), Metric::Recall(k), Metric::Mrr(10.min(k)), Metric::Map];
    }
    named.iter().copied().filter(|metric| metric.depth().is_none_or(|depth| depth <= k)).collect()
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
