//! Documents, attributes and queries in files, filters, and the exact answers among the documents that match.

use crate::sets::{self, Facts, MAX_RANDOM, Set};
use pleiad::{MultiVector, Predicate};
use pleiad_bench_measure::npy;
use pleiad_kernels::{Isa, QueryPanel};
use serde_json::{Value, json};
use std::path::Path;

/// Hits asked for.
pub const K: usize = 10;

/// Best documents that one of the filters leaves out.
const NUM_BEST: usize = 90;

/// The filters.
pub const FILTERS: [Filter; 5] =
    [Filter::Share(5000), Filter::Share(1000), Filter::Share(100), Filter::Share(10), Filter::WithoutBest];

/// A filter for each query.
#[derive(Clone, Copy)]
pub enum Filter {
    /// This many of ten thousand documents, by chance; the same for every query.
    Share(u64),
    /// All but the best 90 of the query.
    WithoutBest,
}

/// Files that rivals read, and answers that they should find.
pub struct Data {
    folder: tempfile::TempDir,
    /// For each query all documents by exact MaxSim in single precision, best first.
    ranked: Vec<Vec<usize>>,
    random: Vec<u64>,
    keys: Vec<String>,
    pub num_tokens: usize,
}

impl Data {
    /// Writes the documents of a set with their attributes, and the queries that are held out.
    pub fn new(set: &Set) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let documents: Vec<MultiVector> =
            sets::read(&set.name).0.into_iter().map(|(_, vectors)| vectors).collect();
        let queries: Vec<MultiVector> = set.held_out.iter().map(|query| query.vectors().to_owned()).collect();
        for (side, sets) in [("docs", &documents), ("queries", &queries)] {
            npy::write(folder.path(), side, sets).expect("a writable folder");
        }
        let facts: Vec<Value> = set.facts.iter().map(attributes).collect();
        std::fs::write(folder.path().join("facts.json"), json!(facts).to_string())
            .expect("a writable folder");
        Self {
            ranked: queries.iter().map(|query| ranked(query, &documents)).collect(),
            random: set.facts.iter().map(|facts| facts.random).collect(),
            keys: set.facts.iter().map(|facts| facts.key.clone()).collect(),
            num_tokens: documents.iter().map(MultiVector::num_tokens).sum(),
            folder,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The documents that match, best first, for each query.
    pub fn wanted(&self, filter: Filter) -> Vec<Vec<usize>> {
        let of = |ranked: &Vec<usize>| match filter {
            Filter::Share(share) => ranked.iter().copied().filter(|&at| self.random[at] < share).collect(),
            Filter::WithoutBest => ranked[NUM_BEST..].to_vec(),
        };
        self.ranked.iter().map(of).collect()
    }

    /// The filters as rivals get them.
    pub fn filters(&self, filter: Filter) -> Value {
        let of = |ranked: &Vec<usize>| match filter {
            Filter::Share(share) => json!({"below": share}),
            Filter::WithoutBest => json!({"without": ranked[..NUM_BEST]}),
        };
        self.ranked.iter().map(of).collect()
    }

    /// The filter of a query as Pleiad gets it. The name of a setting makes it another filter than that of other settings,
    /// so that none has its rows found already; a filter that all queries share has them found once.
    pub fn predicate(&self, filter: Filter, query: usize, setting: usize) -> Predicate {
        let text = match filter {
            Filter::Share(share) => format!("random < {share} AND random != -{}", setting + 1),
            Filter::WithoutBest => {
                let keys = self.ranked[query][..NUM_BEST].iter().map(|&at| format!("{:?}", self.keys[at]));
                let keys: Vec<String> = keys.chain([format!("\"nobody {setting}\"")]).collect();
                format!("_key NOT IN ({})", keys.join(","))
            }
        };
        Predicate::parse(&text).expect("a filter")
    }
}

impl Filter {
    /// The filter, in words.
    pub fn name(self) -> String {
        match self {
            Self::Share(share) => format!("random {} %", share as f64 * 100.0 / MAX_RANDOM as f64),
            Self::WithoutBest => format!("all but the best {NUM_BEST}"),
        }
    }
}

fn attributes(facts: &Facts) -> Value {
    let [topic, fine, finest] = facts.topics;
    json!({"random": facts.random, "topic": topic, "fine": fine, "finest": finest, "length": facts.length})
}

fn ranked(query: &MultiVector, documents: &[MultiVector]) -> Vec<usize> {
    let panel = QueryPanel::new(Isa::best(), query.data(), query.dim());
    let scores: Vec<f32> = documents.iter().map(|document| panel.maxsim(document.data())).collect();
    let mut ranked: Vec<usize> = (0..documents.len()).collect();
    ranked.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    ranked
}
