use crate::{Run, RunEntry};
use std::collections::{BTreeMap, BTreeSet};

/// The usual constant of the method: how little the first ranks differ.
const RANK_OFFSET: f64 = 60.0;

/// Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): each run gives a document 1 / (60 + rank), ranks
/// from 1, and the sums rank the best `k`; of equal ones the smaller key comes first. Scores of the runs do not count.
pub fn fuse(runs: &[&Run], k: usize) -> Run {
    let keys: BTreeSet<&str> = runs.iter().flat_map(|run| run.queries().map(|(key, _)| key)).collect();
    let mut fused = Run::default();
    for key in keys {
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for answers in runs.iter().filter_map(|run| run.answers(key)) {
            for (at, answer) in answers.iter().enumerate() {
                *sums.entry(&answer.document).or_default() += 1.0 / (RANK_OFFSET + 1.0 + at as f64);
            }
        }
        let mut answers: Vec<(&str, f64)> = sums.into_iter().collect();
        // Stable: the keys are in order already.
        answers.sort_by(|a, b| b.1.total_cmp(&a.1));
        let entry =
            |(document, sum): (&str, f64)| RunEntry { document: document.to_owned(), score: sum as f32 };
        fused.insert(key, answers.into_iter().take(k).map(entry).collect());
    }
    fused
}
