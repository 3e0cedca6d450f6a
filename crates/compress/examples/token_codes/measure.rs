//! What a ranking by codes loses against the exact one.

use crate::data::Data;
use pleiad_vectors::{DocId, Ranked, Score, TopK};
use std::collections::HashMap;
use std::time::Instant;

/// Documents over which scores are compared.
const COMPARED: usize = 200;

/// Ranks that nDCG and depth look at.
const TOP: usize = 10;

pub(crate) struct Quality {
    /// Mean difference of scores per query token, over the exact top [`COMPARED`].
    pub(crate) difference: Option<f64>,
    pub(crate) recall_10: f64,
    pub(crate) recall_100: Option<f64>,
    /// Candidates that hold the exact top [`TOP`]: the mean over the queries and their 95th percentile.
    pub(crate) depth: (f64, usize),
    pub(crate) ndcg: f64,
}

impl Quality {
    pub(crate) fn of(data: &Data, scores: &[Vec<f32>]) -> Self {
        let queries = || data.queries.iter().zip(data.exact.iter().zip(scores));
        let recall =
            |k| mean(queries().map(|(_, (exact, found))| shared(&ranking(exact, k), &ranking(found, k))));
        let mut depths: Vec<usize> = queries().map(|(_, (exact, found))| depth(exact, found)).collect();
        let judged = data.judgements.iter().zip(scores).filter(|(grades, _)| !grades.is_empty());
        let difference = queries().map(|(query, (exact, found))| {
            let off = |&id: &usize| f64::from((exact[id] - found[id]).abs());
            mean(ranking(exact, COMPARED).iter().map(off)) / query.num_tokens() as f64
        });
        depths.sort_unstable();
        Self {
            difference: Some(mean(difference)),
            recall_10: recall(10),
            recall_100: Some(recall(100)),
            depth: (mean(depths.iter().map(|&d| d as f64)), depths[depths.len() * 95 / 100]),
            ndcg: mean(judged.map(|(grades, found)| ndcg(&ranking(found, TOP), grades))),
        }
    }
}

/// Positions of the best scores, best first, equal ones by position.
pub(crate) fn ranking(scores: &[f32], k: usize) -> Vec<usize> {
    let mut top = TopK::new(k);
    for (id, &score) in scores.iter().enumerate() {
        top.push(Ranked { id: DocId(id as u64), score: Score::new(score).expect("finite scores") });
    }
    top.into_sorted().into_iter().map(|ranked| ranked.id.0 as usize).collect()
}

/// The rank by codes of the last of the exact top [`TOP`].
fn depth(exact: &[f32], found: &[f32]) -> usize {
    let top = ranking(exact, TOP);
    let last = top.iter().map(|&id| found[id]).fold(f32::INFINITY, f32::min);
    found.iter().filter(|score| **score >= last).count()
}

fn shared(a: &[usize], b: &[usize]) -> f64 {
    a.iter().filter(|id| b.contains(id)).count() as f64 / a.len() as f64
}

fn ndcg(ranks: &[usize], grades: &HashMap<usize, f64>) -> f64 {
    let discounted = |gains: &mut dyn Iterator<Item = f64>| -> f64 {
        gains.take(TOP).enumerate().map(|(at, gain)| gain / (at as f64 + 2.0).log2()).sum()
    };
    let mut ideal: Vec<f64> = grades.values().copied().filter(|grade| *grade > 0.0).collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let ideal = discounted(&mut ideal.into_iter());
    let gain = |document: &usize| grades.get(document).copied().unwrap_or(0.0).max(0.0);
    if ideal > 0.0 { discounted(&mut ranks.iter().map(gain)) / ideal } else { 0.0 }
}

pub(crate) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, num_values) = values.fold((0.0, 0.0), |(sum, num), value| (sum + value, num + 1.0));
    sum / num_values
}

/// Mean squared error of a value, over the mean square of the values.
pub(crate) fn relative_error(data: &Data, decoded: &[Vec<f32>]) -> f64 {
    let (mut error, mut energy) = (0.0, 0.0);
    for (document, decoded) in data.documents.iter().zip(decoded) {
        for (a, b) in document.data().iter().zip(decoded) {
            error += f64::from(a - b).powi(2);
            energy += f64::from(*a).powi(2);
        }
    }
    error / energy
}

/// The result and the seconds that this thread had a core; where the system does not say, seconds.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let result = work();
    let seconds = cpu_seconds().zip(cpu).map_or(begin.elapsed().as_secs_f64(), |(end, begin)| end - begin);
    (result, seconds)
}

/// Linux keeps the nanoseconds that a thread ran as the first number of this file; other systems have no such file.
fn cpu_seconds() -> Option<f64> {
    let Ok(text) = std::fs::read_to_string("/proc/thread-self/schedstat") else { return None };
    match text.split(' ').next().map(str::parse::<u64>) {
        Some(Ok(nanoseconds)) => Some(nanoseconds as f64 * 1e-9),
        _ => None,
    }
}
