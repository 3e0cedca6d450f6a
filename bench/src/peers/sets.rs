//! Input of all engines: documents and queries in files, and the exact answers.

use super::contenders::Contender;
use crate::machine;
use crate::quality::best;
use crate::token_sets::TokenSet;
use pleiad_bench_measure::npy;
use pleiad_evaluate::{Synthetic, SyntheticParams};
use pleiad_vectors::{MultiVector, Seed};
use std::fs;
use std::path::{Path, PathBuf};

/// The sets, by name.
pub const NAMES: [&str; 3] = ["synthetic", "scifact", "colbertv2-lotte500"];

/// Synthetic documents and the tokens of their queries.
const SYNTHETIC_DOCUMENTS: u64 = 10_000;
const SYNTHETIC_QUERIES: u64 = 260;
const SYNTHETIC_QUERY_TOKENS: usize = 32;

/// Queries that are measured, at most: some engines take half a second for one.
const MAX_HELD_OUT: usize = 60;

/// Hits that are looked for.
pub const K: usize = 10;

/// Documents and queries of one set, written where every engine can read them.
pub struct Set {
    pub name: &'static str,
    /// `docs.f32.npy`, `queries.f32.npy` and their offsets; `given/` has the queries that may be tuned with.
    pub folder: PathBuf,
    /// Numbers of the best [`K`] documents of each query held out.
    pub exact: Vec<Vec<usize>>,
    /// Summary of the set, in a line.
    pub summary: String,
    /// Bytes of its token vectors in single precision.
    pub bytes: u64,
}

impl Set {
    /// Reads or makes a set and writes it out.
    pub fn open(name: &'static str) -> Self {
        let (documents, queries) = if name == NAMES[0] { synthetic() } else { real(name) };
        let (given, held_out) = halves(queries);
        let folder = machine::root().join("bench/target/peers").join(name);
        write(&folder, &documents, &held_out, &given)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let scores = TokenSet::scores(&held_out, &documents);
        let num_tokens: usize = documents.iter().map(MultiVector::num_tokens).sum();
        let dim = documents[0].dim();
        let summary = format!(
            "{name}: {} documents, {num_tokens} tokens of {dim} dims, {} queries held out, {} to tune with",
            documents.len(),
            held_out.len(),
            given.len()
        );
        let exact = scores.iter().map(|scores| best(scores, K)).collect();
        Self { name, folder, exact, summary, bytes: (num_tokens * dim * size_of::<f32>()) as u64 }
    }

    /// The folder of an engine's index.
    pub fn index(&self, contender: &Contender) -> PathBuf {
        self.folder.join(format!("{}-{}", contender.engine, contender.kind))
    }
}

fn synthetic() -> (Vec<MultiVector>, Vec<MultiVector>) {
    let params = SyntheticParams {
        num_documents: SYNTHETIC_DOCUMENTS,
        num_tokens: 64,
        dim: 128,
        num_topics: 400,
        num_words: 4096,
        spread: 0.8,
        common: 0.0,
        seed: Seed(7),
    };
    let sets = Synthetic::new(params).expect("parameters within their ranges");
    let query = |number| sets.query(number, SYNTHETIC_QUERY_TOKENS).query.vectors().to_owned();
    (sets.documents(0..SYNTHETIC_DOCUMENTS).collect(), (0..SYNTHETIC_QUERIES).map(query).collect())
}

fn real(name: &str) -> (Vec<MultiVector>, Vec<MultiVector>) {
    let TokenSet { documents, queries, .. } = TokenSet::read(name);
    (documents.into_iter().filter(|document| !document.is_empty()).collect(), queries)
}

/// Queries to tune with, and those that are held out: every second one, at most [`MAX_HELD_OUT`].
fn halves(queries: Vec<MultiVector>) -> (Vec<MultiVector>, Vec<MultiVector>) {
    let (mut given, mut held_out) = (Vec::new(), Vec::new());
    for (at, query) in queries.into_iter().enumerate() {
        if at % 2 == 1 && held_out.len() < MAX_HELD_OUT { held_out.push(query) } else { given.push(query) }
    }
    (given, held_out)
}

/// Writes a folder that `pleiad add` reads too.
fn write(
    folder: &Path,
    documents: &[MultiVector],
    held_out: &[MultiVector],
    given: &[MultiVector],
) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("given"))?;
    for (folder, side, ids, sets) in [
        (folder.to_owned(), "docs", "doc_ids.json", documents),
        (folder.to_owned(), "queries", "query_ids.json", held_out),
        // As documents, so that it is a folder of its own.
        (folder.join("given"), "docs", "doc_ids.json", given),
    ] {
        npy::write(&folder, side, sets)?;
        let numbers: Vec<String> = (0..sets.len()).map(|number| format!("\"{number}\"")).collect();
        fs::write(folder.join(ids), format!("[{}]", numbers.join(",")))?;
    }
    Ok(())
}
