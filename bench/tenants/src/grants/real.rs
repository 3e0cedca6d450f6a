//! The tree's candidates on real tokens: how many the best vector alone would need, were the tree perfect.

use super::corpus::scored;
use super::ways::{K, Summary};
use pleiad::{MultiVector, Query};
use pleiad_bench_measure::machine;
use pleiad_bench_measure::report::grouped;
use pleiad_encode::import::VectorFolder;
use pleiad_kernels::{Isa, dot};
use std::path::PathBuf;

const NAMES: [&str; 3] = ["cranfield", "scifact", "colbertv2-lotte500"];

/// Shares of the exact best that the candidates shall contain.
const SHARES: [f64; 3] = [0.9, 0.95, 0.99];

/// Queries of a set, at most.
const MAX_QUERIES: usize = 100;

pub const COLUMNS: [&str; 8] =
    ["set", "documents", "mean: .90", "mean: .95", "mean: .99", "FDE: .90", "FDE: .95", "FDE: .99"];

/// A row for each set.
pub fn rows() -> Vec<Vec<String>> {
    let shared = std::env::var_os("PLEIAD_SHARED");
    let shared = shared.map_or_else(|| machine::root().join("../shared"), PathBuf::from);
    let row = |name: &str| {
        let folder = VectorFolder::open(shared.join("data/multivec").join(name)).expect("a shared set");
        let documents =
            folder.documents().expect("documents").map(|document| document.expect("a document").1);
        let documents: Vec<MultiVector> = documents.filter(|vectors| !vectors.is_empty()).collect();
        let queries = folder.queries().expect("queries").into_iter().map(|(_, query)| query);
        let queries: Vec<Query> = queries.take(MAX_QUERIES).collect();
        let all: Vec<u32> = (0..documents.len() as u32).collect();
        let exact: Vec<Vec<u32>> = queries.iter().map(|query| scored(&documents, query, &all, K)).collect();
        let mut row = vec![name.to_owned(), grouped(documents.len() as f64)];
        for summary in [Summary::Mean, Summary::fde(documents[0].dim())] {
            let mut ranks = ranks(&summary, &documents, &queries, &exact);
            ranks.sort_unstable();
            row.extend(SHARES.map(|share| {
                let at = (ranks.len() as f64 * share).ceil() as usize - 1;
                grouped(ranks[at] as f64)
            }));
        }
        row
    };
    NAMES.into_iter().map(row).collect()
}

/// Ranks, from 1, that the exact best of all queries have by one vector.
fn ranks(summary: &Summary, documents: &[MultiVector], queries: &[Query], exact: &[Vec<u32>]) -> Vec<usize> {
    let isa = Isa::best();
    let unit = |mut vector: Vec<f32>| {
        let length = dot(isa, &vector, &vector).sqrt().max(f32::MIN_POSITIVE);
        vector.iter_mut().for_each(|value| *value /= length);
        vector
    };
    let vectors: Vec<Vec<f32>> =
        documents.iter().map(|document| unit(summary.of_document(document))).collect();
    let mut ranks = Vec::new();
    for (query, exact) in queries.iter().zip(exact) {
        let query = summary.of_query(query);
        let products: Vec<f32> = vectors.iter().map(|vector| dot(isa, vector, &query)).collect();
        ranks.extend(exact.iter().map(|&document| {
            let own = products[document as usize];
            1 + products.iter().filter(|product| **product > own).count()
        }));
    }
    ranks
}
