use super::sets::Set;
use crate::clock::process_cpu_seconds as cpu_seconds;
use pleiad::{Answer, Calibration, Plan, Query, SearchParams, Snapshot};
use pleiad_evaluate::mean_fidelity;

/// Recall and cost of searches, means per query.
pub struct Measured {
    pub plan: Plan,
    pub recall: f64,
    pub num_scanned: f64,
    pub num_postings: f64,
    pub num_rescored: f64,
    pub num_reranked: f64,
    pub read_bytes: f64,
    pub cpu_ms: f64,
}

/// Exact answers and what they cost.
pub struct Exact {
    pub hits: Vec<Vec<(u64, f32)>>,
    pub cpu_ms: f64,
}

impl Exact {
    /// The best `k` of them.
    pub fn of(&self, k: usize) -> Self {
        let cut = |hits: &Vec<(u64, f32)>| hits[..k.min(hits.len())].to_vec();
        Self { hits: self.hits.iter().map(cut).collect(), cpu_ms: self.cpu_ms }
    }
}

/// Searches all queries; answers, and CPU milliseconds per query.
fn search(snapshot: &Snapshot, queries: &[Query], params: &SearchParams) -> (Vec<Answer>, f64) {
    let start = cpu_seconds();
    let answers = snapshot.search_batch(queries, params);
    let cpu_ms = (cpu_seconds() - start) * 1e3 / queries.len() as f64;
    (answers.into_iter().map(|answer| answer.expect("a valid query")).collect(), cpu_ms)
}

fn pairs(answers: &[Answer]) -> Vec<Vec<(u64, f32)>> {
    let of = |answer: &Answer| answer.hits.iter().map(|hit| (hit.id.0, hit.score.get())).collect();
    answers.iter().map(of).collect()
}

/// The exact answers.
pub fn exact(snapshot: &Snapshot, queries: &[Query], k: usize) -> Exact {
    let (answers, cpu_ms) =
        search(snapshot, queries, &SearchParams { k, exact: true, observe: false, ..Default::default() });
    Exact { hits: pairs(&answers), cpu_ms }
}

/// Searches as asked for and compares.
pub fn measure(snapshot: &Snapshot, queries: &[Query], params: &SearchParams, exact: &Exact) -> Measured {
    let (answers, cpu_ms) = search(snapshot, queries, params);
    let found = pairs(&answers);
    let sides = found.iter().map(Vec::as_slice).zip(exact.hits.iter().map(Vec::as_slice));
    let mean = |of: fn(&Answer) -> u64| answers.iter().map(of).sum::<u64>() as f64 / answers.len() as f64;
    Measured {
        plan: answers[0].plan.clone(),
        recall: mean_fidelity(sides, params.k),
        num_scanned: mean(|answer| answer.spent.num_scanned),
        num_postings: mean(|answer| answer.spent.num_postings),
        num_rescored: mean(|answer| answer.spent.num_rescored),
        num_reranked: mean(|answer| answer.spent.num_reranked),
        read_bytes: mean(|answer| answer.spent.read_bytes),
        cpu_ms,
    }
}

/// Calibrates, and says how many CPU seconds that took, the making of postings included.
pub fn calibrate(set: &Set, queries: &[Query]) -> (Calibration, f64) {
    let start = cpu_seconds();
    let writer = set.collection.writer().expect("no other writer");
    let calibration = writer.tune(queries).expect("documents and valid queries");
    writer.close().expect("a writable folder");
    (calibration, cpu_seconds() - start)
}
