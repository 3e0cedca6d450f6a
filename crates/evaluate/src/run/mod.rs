//! Answers of a search, in memory and as a TREC run file.

mod file;
mod keys;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEntry {
    /// Key of the document.
    pub document: String,
    /// Its score, higher is better.
    pub score: f32,
}

/// Answers by query, best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    queries: BTreeMap<String, Vec<RunEntry>>,
}

impl Run {
    /// Sets the answers of one query, best first. Their order counts, their scores are kept beside it.
    pub fn insert(&mut self, query: impl Into<String>, answers: Vec<RunEntry>) {
        self.queries.insert(query.into(), answers);
    }

    /// The answers of one query, best first.
    pub fn answers(&self, query: &str) -> Option<&[RunEntry]> {
        self.queries.get(query).map(Vec::as_slice)
    }

    /// All queries, by key.
    pub fn queries(&self) -> impl ExactSizeIterator<Item = (&str, &[RunEntry])> {
        self.queries.iter().map(|(key, answers)| (key.as_str(), answers.as_slice()))
    }

    /// Queries whose own id is the key of a document among their answers, and for how many of them it comes first.
    pub fn own_documents(&self) -> (usize, usize) {
        let places = self
            .queries
            .iter()
            .filter_map(|(query, answers)| answers.iter().position(|answer| answer.document == *query));
        places.fold((0, 0), |(num, num_first), place| (num + 1, num_first + usize::from(place == 0)))
    }

    /// Returns whether queries with the id of a document are those documents. Where they are, each finds itself first of all;
    /// where both are merely numbered, that is chance.
    pub fn are_queries_documents(&self) -> bool {
        let (num, num_first) = self.own_documents();
        num > 0 && 2 * num_first >= num
    }

    /// Leaves the document with a query's own id out of its answers, as BEIR does: where queries are documents, each
    /// finds itself. Gives back for how many queries there was one.
    pub fn leave_out_own_documents(&mut self) -> usize {
        let mut num_left_out = 0;
        for (query, answers) in &mut self.queries {
            let before = answers.len();
            answers.retain(|answer| answer.document != *query);
            num_left_out += usize::from(answers.len() < before);
        }
        num_left_out
    }

    /// Keeps the first `k` answers of each query.
    pub fn truncate(&mut self, k: usize) {
        self.queries.values_mut().for_each(|answers| answers.truncate(k));
    }
}

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
