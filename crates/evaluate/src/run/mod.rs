//! Answers of a search, in memory and as a TREC run file.

mod keys;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

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
