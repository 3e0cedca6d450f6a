//! Collections whose documents have attributes to filter by: a random number, topics of several sizes, and a length.

use pleiad::{Batch, Collection, Document, MultiVector, Query, Schema, SearchParams, Snapshot};
use pleiad_bench_measure::machine;
use pleiad_compress::kmeans::{Centroids, KMeansParams, in_order};
use pleiad_encode::import::VectorFolder;
use pleiad_evaluate::{Synthetic, SyntheticParams};
use pleiad_kernels::Isa;
use pleiad_vectors::Seed;
use serde_json::json;
use std::collections::HashMap;
use std::path::PathBuf;

/// The sets measured.
pub const NAMES: [&str; 4] = ["cranfield", "scifact", "colbertv2-lotte500", "synthetic 10000"];

/// Numbers of topics: clusters of the means of token vectors.
pub const TOPICS: [usize; 3] = [8, 32, 128];

/// Values of the random attribute.
pub const MAX_RANDOM: u64 = 10_000;

/// Queries held out, at most.
const MAX_HELD_OUT: usize = 75;

/// Queries of a synthetic set, and tokens of each.
const SYNTHETIC_QUERIES: (u64, usize) = (200, 16);

/// Facts about a document that filters ask for.
#[derive(Debug, Clone)]
pub struct Facts {
    pub key: String,
    pub random: u64,
    pub topics: [u32; TOPICS.len()],
    /// The eighth of the documents by their number of tokens that it is in.
    pub length: usize,
}

/// A calibrated collection.
pub struct Set {
    pub name: String,
    pub snapshot: Snapshot,
    pub facts: Vec<Facts>,
    /// Queries that the calibration has not seen.
    pub held_out: Vec<Query>,
    /// For each of them all documents, best first.
    pub exact: Vec<Vec<usize>>,
    _folder: tempfile::TempDir,
}

fn shared() -> PathBuf {
    std::env::var_os("PLEIAD_SHARED").map_or_else(|| machine::root().join("../shared"), PathBuf::from)
}

/// Documents and queries.
pub fn read(name: &str) -> (Vec<(String, MultiVector)>, Vec<Query>) {
    if let Some((_, num_documents)) = name.split_once(' ') {
        let num_documents: u64 = num_documents.parse().expect("a number");
        let sets = Synthetic::new(SyntheticParams::passages(num_documents)).expect("valid");
        let documents = sets.documents(0..num_documents).enumerate();
        let (num_queries, num_tokens) = SYNTHETIC_QUERIES;
        let queries = (0..num_queries).map(|number| sets.query(number, num_tokens).query);
        return (documents.map(|(at, vectors)| (format!("d{at}"), vectors)).collect(), queries.collect());
    }
    let folder = VectorFolder::open(shared().join("data/multivec").join(name)).expect("a shared set");
    let documents = folder.documents().expect("documents").map(|document| document.expect("a document"));
    let documents = documents.filter(|(_, vectors)| !vectors.is_empty()).collect();
    (documents, folder.queries().expect("queries").into_iter().map(|(_, query)| query).collect())
}

fn topics_of(means: &[f32], dim: usize, num_topics: usize) -> Vec<u32> {
    let params = KMeansParams::new(num_topics, Seed(num_topics as u64));
    let centroids = Centroids::train(means, dim, &params, Isa::best(), &in_order).expect("documents");
    let nearest = centroids.assign(means, Isa::best(), &in_order).expect("documents");
    nearest.into_iter().map(|nearest| nearest.centroid).collect()
}

fn facts_of(documents: &[(String, MultiVector)]) -> Vec<Facts> {
    let dim = documents[0].1.dim();
    let mut means = vec![0.0; documents.len() * dim];
    for (mean, (_, vectors)) in means.chunks_mut(dim).zip(documents) {
        vectors.rows().for_each(|row| mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        mean.iter_mut().for_each(|value| *value /= length);
    }
    let topics = TOPICS.map(|num_topics| topics_of(&means, dim, num_topics));
    let mut by_length: Vec<usize> = (0..documents.len()).collect();
    by_length.sort_by_key(|&at| (documents[at].1.num_tokens(), at));
    let mut eighths = vec![0; documents.len()];
    by_length.iter().enumerate().for_each(|(rank, &at)| eighths[at] = rank * 8 / documents.len());
    let of = |(at, (key, _)): (usize, &(String, MultiVector))| Facts {
        key: key.clone(),
        random: Seed(1).derive(at as u64).0 % MAX_RANDOM,
        topics: std::array::from_fn(|level| topics[level][at]),
        length: eighths[at],
    };
    documents.iter().enumerate().map(of).collect()
}

fn build(path: PathBuf, documents: Vec<(String, MultiVector)>, facts: &[Facts]) -> Collection {
    let collection = Collection::create(path, &Schema::new(documents[0].1.dim())).expect("a new folder");
    let writer = collection.writer().expect("no other writer");
    let mut batch = Batch::new();
    for ((key, vectors), facts) in documents.into_iter().zip(facts) {
        let [topic, fine, finest] = facts.topics;
        let attributes = json!({"random": facts.random, "topic": topic, "fine": fine, "finest": finest, "length": facts.length});
        let attributes = attributes.as_object().expect("an object").clone();
        let document = Document::new(key, vectors).and_then(|document| document.with_attributes(&attributes));
        batch.upsert(document.expect("a valid document"));
    }
    writer.apply(batch).expect("a writable folder");
    writer.flush().expect("a writable folder");
    writer.close().expect("a writable folder");
    collection
}

impl Set {
    /// Adds the documents of a set to a new collection, calibrates it with one half of its queries, and answers some of the
    /// others exactly.
    pub fn open(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (documents, queries) = read(name);
        let facts = facts_of(&documents);
        let collection = build(folder.path().join("collection"), documents, &facts);
        let (mut given, mut held_out) = (Vec::new(), Vec::new());
        for (at, query) in queries.into_iter().enumerate() {
            if at % 2 == 0 { given.push(query) } else { held_out.push(query) }
        }
        let step = held_out.len().div_ceil(MAX_HELD_OUT);
        let held_out: Vec<Query> = held_out.into_iter().step_by(step).collect();
        let writer = collection.writer().expect("no other writer");
        writer.tune(&given).expect("documents and valid queries");
        writer.close().expect("a writable folder");
        let snapshot = collection.snapshot().expect("a readable collection");
        let places: HashMap<&str, usize> =
            facts.iter().enumerate().map(|(at, facts)| (facts.key.as_str(), at)).collect();
        let params = SearchParams { k: facts.len(), exact: true, observe: false, ..Default::default() };
        let ranked = |query: &Query| {
            let hits = snapshot.search(query, &params).expect("a valid query").hits;
            hits.iter().map(|hit| places[hit.key.as_str()]).collect()
        };
        let exact = held_out.iter().map(ranked).collect();
        let name = name.to_owned();
        Self { name, snapshot, facts, held_out, exact, _folder: folder }
    }
}
