//! Loss of a ranking by codes, or of pooled rows, against the exact one.

use crate::fde_data::ranking;
use crate::token_sets::TokenSet;

/// Documents of each query that codes are scored on: the exact best. What lies below is taken as below.
const SCORED: usize = 400;

/// Documents over which scores are compared.
const COMPARED: usize = 200;

/// Ranks that nDCG and depth look at.
const TOP: usize = 10;

/// Exact scores, and what follows from them.
pub struct Exact {
    /// `[queries][documents]`.
    pub scores: Vec<Vec<f32>>,
    /// The best [`SCORED`] documents of each query, best first.
    pub best: Vec<Vec<usize>>,
}

/// Means over queries.
#[derive(Debug, Clone)]
pub struct Quality {
    /// Difference of scores per query token, over the exact top [`COMPARED`].
    pub difference: f64,
    /// Share of the exact top ten in the top ten.
    pub recall_10: f64,
    /// The same of a hundred.
    pub recall_100: f64,
    /// Candidates that hold the exact top ten.
    pub depth: f64,
    /// Their 95th percentile over queries.
    pub most_depth: usize,
    /// nDCG at ten.
    pub ndcg: f64,
}

impl Exact {
    /// Scores every document.
    pub fn of(set: &TokenSet) -> Self {
        let scores = TokenSet::scores(&set.queries, &set.documents);
        let best = scores.iter().map(|scores| best(scores, SCORED)).collect();
        Self { scores, best }
    }
}

/// Positions of the best scores, best first.
pub fn best(scores: &[f32], k: usize) -> Vec<usize> {
    ranking(scores.iter().copied(), k)
}

impl Quality {
    /// Holds scores, `[queries][documents]`, against the exact ones.
    pub fn of(set: &TokenSet, exact: &Exact, scores: &[Vec<f32>]) -> Self {
        let found: Vec<Vec<usize>> = scores.iter().map(|scores| best(scores, 100)).collect();
        let recall = |k: usize| {
            mean(exact.best.iter().zip(&found).map(|(exact, found)| shared(&exact[..k], &found[..k])))
        };
        let mut depths: Vec<usize> =
            exact.best.iter().zip(scores).map(|(best, found)| depth(&best[..TOP], found)).collect();
        depths.sort_unstable();
        let difference = exact.best.iter().zip(&exact.scores).zip(scores).zip(&set.queries);
        let difference = difference.map(|(((best, exact), found), query)| {
            mean(best[..COMPARED].iter().map(|&id| f64::from((exact[id] - found[id]).abs())))
                / query.num_tokens() as f64
        });
        let ndcgs = found.iter().enumerate();
        Self {
            difference: mean(difference),
            recall_10: recall(10),
            recall_100: recall(100),
            depth: mean(depths.iter().map(|&depth| depth as f64)),
            most_depth: depths[depths.len() * 95 / 100],
            ndcg: mean(ndcgs.filter_map(|(query, found)| set.ndcg(query, &found[..TOP]))),
        }
    }

    /// Cells: |Δ|, R@10, R@100, depth, nDCG@10.
    pub fn cells(&self) -> Vec<String> {
        vec![
            format!("{:.4}", self.difference),
            format!("{:.4}", self.recall_10),
            format!("{:.4}", self.recall_100),
            format!("{:.1} / {}", self.depth, self.most_depth),
            format!("{:.4}", self.ndcg),
        ]
    }
}

/// The rank by codes of the last of the exact best.
fn depth(best: &[usize], found: &[f32]) -> usize {
    let last = best.iter().map(|&id| found[id]).fold(f32::INFINITY, f32::min);
    found.iter().filter(|score| **score >= last).count()
}

fn shared(a: &[usize], b: &[usize]) -> f64 {
    a.iter().filter(|id| b.contains(id)).count() as f64 / a.len() as f64
}

/// The mean of some values.
pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, num_values) = values.fold((0.0, 0.0), |(sum, num), value| (sum + value, num + 1.0));
    sum / num_values
}
