use super::DEPTHS;
use super::measure::{Exact, exact};
use crate::clock::process_cpu_seconds as cpu_seconds;
use crate::machine;
use crate::memory::MemoryPeak;
use pleiad::{Batch, Collection, Document, MultiVector, Query, Schema, Snapshot};
use pleiad_encode::import::VectorFolder;
use pleiad_encode::{Encoder, ModelEncoder};
use pleiad_evaluate::{BeirFolder, Synthetic, SyntheticParams};
use std::path::{Path, PathBuf};

/// The sets measured: folders of token vectors, one of texts, then synthetic ones of so many documents.
pub const NAMES: [&str; 6] =
    ["cranfield", "scifact", "colbertv2-lotte500", "text nfcorpus", "synthetic 10000", "synthetic 100000"];

/// Documents encoded at a time.
const BATCH: usize = 512;

/// Queries held out of a set, at most, for an exact search of them takes time.
const MAX_HELD_OUT: usize = 150;

/// Documents from which on they are fewer.
const MANY_DOCUMENTS: u64 = 50_000;
const MAX_HELD_OUT_OF_MANY: usize = 50;

/// Queries of a synthetic set, and tokens of each.
const MADE_UP_QUERIES: (u64, usize) = (200, 16);

/// A collection, and its queries in two halves.
pub struct Set {
    pub name: String,
    pub collection: Collection,
    /// CPU seconds that adding the documents took, the first calibration included.
    pub build_cpu_s: f64,
    /// The most memory that the process took meanwhile, in mebibytes: the documents at hand and, of texts, the encoder
    /// included, pages of mapped files not.
    pub memory_mib: f64,
    /// Queries to calibrate with.
    pub given: Vec<Query>,
    /// Queries to measure with.
    pub held_out: Vec<Query>,
    /// Exact answers to them, for each depth.
    pub exact: Vec<Exact>,
    _folder: tempfile::TempDir,
}

/// Returns the project's shared folder.
fn shared() -> PathBuf {
    std::env::var_os("PLEIAD_SHARED").map_or_else(|| machine::root().join("../shared"), PathBuf::from)
}

impl Set {
    /// Adds the documents of a set to a new collection and answers the queries held out exactly.
    pub fn open(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("collection");
        let (start, memory) = (cpu_seconds(), MemoryPeak::start());
        let (collection, queries) = match name.split_once(' ') {
            Some(("text", text)) => texts(&path, text),
            Some((_, num_documents)) => made_up(&path, num_documents.parse().expect("a number")),
            None => vectors(&path, name),
        };
        let (build_cpu_s, memory_mib) = (cpu_seconds() - start, memory.stop());
        let (mut given, mut held_out) = (Vec::new(), Vec::new());
        for (at, query) in queries.into_iter().enumerate() {
            if at % 2 == 0 { given.push(query) } else { held_out.push(query) }
        }
        let snapshot = collection.snapshot().expect("a readable collection");
        let most =
            if snapshot.num_documents() < MANY_DOCUMENTS { MAX_HELD_OUT } else { MAX_HELD_OUT_OF_MANY };
        let step = held_out.len().div_ceil(most);
        let held_out: Vec<Query> = held_out.into_iter().step_by(step).collect();
        let all = exact(&snapshot, &held_out, DEPTHS[DEPTHS.len() - 1]);
        let exact = DEPTHS.map(|k| all.of(k)).into();
        let name = name.to_owned();
        Self { name, collection, build_cpu_s, memory_mib, given, held_out, exact, _folder: folder }
    }

    /// As it is by now.
    pub fn snapshot(&self) -> Snapshot {
        self.collection.snapshot().expect("a readable collection")
    }

    /// Summary of the set, in a line.
    pub fn summary(&self) -> String {
        let (num_documents, num_held_out) = (self.snapshot().num_documents(), self.held_out.len());
        format!("{}: {num_documents} documents, {num_held_out} queries held out", self.name)
    }
}

fn add(collection: &Collection, documents: impl Iterator<Item = Document>) {
    let writer = collection.writer().expect("no other writer");
    let mut batch = Batch::new();
    let mut num_pending = 0;
    for document in documents {
        batch.upsert(document);
        num_pending += 1;
        if num_pending == 1000 {
            writer.apply(std::mem::take(&mut batch)).expect("a writable folder");
            num_pending = 0;
        }
    }
    writer.apply(batch).expect("a writable folder");
    writer.flush().expect("a writable folder");
    writer.close().expect("a writable folder");
}

fn valid((key, vectors): (String, MultiVector)) -> Document {
    Document::new(key, vectors).expect("a valid document")
}

fn vectors(path: &Path, name: &str) -> (Collection, Vec<Query>) {
    let folder = VectorFolder::open(shared().join("data/multivec").join(name)).expect("a shared set");
    let collection = Collection::create(path, &Schema::new(folder.dim())).expect("a new folder");
    let documents = folder.documents().expect("documents").map(|document| document.expect("a document"));
    add(&collection, documents.filter(|(_, vectors)| !vectors.is_empty()).map(valid));
    let queries = folder.queries().expect("queries");
    (collection, queries.into_iter().map(|(_, query)| query).collect())
}

fn made_up(path: &Path, num_documents: u64) -> (Collection, Vec<Query>) {
    let params = SyntheticParams::passages(num_documents);
    let collection = Collection::create(path, &Schema::new(params.dim)).expect("a new folder");
    let sets = Synthetic::new(params).expect("valid");
    let documents = (0..num_documents).step_by(1000).flat_map(|first| {
        let numbers = first..num_documents.min(first + 1000);
        let documents: Vec<MultiVector> = sets.documents(numbers.clone()).collect();
        numbers.map(|number| format!("d{number}")).zip(documents).map(valid)
    });
    add(&collection, documents);
    let (num_queries, num_tokens) = MADE_UP_QUERIES;
    (collection, (0..num_queries).map(|number| sets.query(number, num_tokens).query).collect())
}

/// By the token vectors of the built-in model, without its other parts.
fn texts(path: &Path, name: &str) -> (Collection, Vec<Query>) {
    let encoder = ModelEncoder::built_in(ModelEncoder::MINI).expect("its files").expect("a built-in model");
    let collection = Collection::create(path, &Schema::new(encoder.dim())).expect("a new folder");
    let folder = BeirFolder::open(shared().join("data/beir").join(name)).expect("a shared set");
    let documents: Vec<(String, String)> = folder
        .documents()
        .expect("documents")
        .map(|document| document.expect("a document").value)
        .map(|document| (document.title_and_text(), document.key))
        .collect();
    let encoded = documents.chunks(BATCH).flat_map(|batch| {
        let texts: Vec<&str> = batch.iter().map(|(text, _)| text.as_str()).collect();
        let encoded = encoder.encode_documents(&texts).expect("texts");
        batch
            .iter()
            .zip(encoded)
            .map(|((_, key), encoded)| (key.clone(), encoded.vectors))
            .collect::<Vec<_>>()
    });
    add(&collection, encoded.filter(|(_, vectors)| !vectors.is_empty()).map(valid));
    let qrels = folder.qrels("test").expect("judgments");
    let judged = folder.judged_queries(&qrels).expect("queries");
    let vectors = judged.iter().map(|query| encoder.encode_query(&query.text).expect("a text").vectors);
    let queries = vectors.filter(|vectors| !vectors.is_empty()).map(Query::new);
    (collection, queries.collect())
}
