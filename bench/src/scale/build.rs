use super::memory::MemoryPeak;
use crate::clock::{self, process_cpu_seconds as cpu_seconds};
use pleiad::{Batch, Calibration, Collection, Document, Query, Schema, Snapshot};
use pleiad_evaluate::{Synthetic, SyntheticParams};

/// Documents of a batch.
const BATCH: u64 = 1000;

/// Tokens of a query.
const QUERY_TOKENS: usize = 16;

/// Queries that a calibration may draw from, and the number of the first one held out.
const NUM_GIVEN: u64 = 512;

/// Queries held out, and how many of a million documents, where the exact answers take longest.
const NUM_HELD_OUT: (u64, u64) = (100, 50);

/// A collection of made-up documents, and what making it took.
pub struct Built {
    pub snapshot: Snapshot,
    pub calibration: Calibration,
    pub held_out: Vec<Query>,
    pub seed: u64,
    pub num_documents: u64,
    /// CPU seconds of all threads, without those that made the documents up.
    pub build_s: f64,
    pub calibrate_s: f64,
    /// Mebibytes, at most.
    pub memory_mib: f64,
    pub bytes_per_document: f64,
    pub num_segments: u64,
    _folder: tempfile::TempDir,
}

impl Built {
    pub fn new(num_documents: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let params = SyntheticParams::passages(num_documents);
        let (seed, schema) = (params.seed.0, Schema::new(params.dim));
        let sets = Synthetic::new(params).expect("valid parameters");
        let collection = Collection::create(folder.path().join("collection"), &schema).expect("a new folder");
        let memory = MemoryPeak::start();
        let build_s = add(&collection, &sets);
        let memory_mib = memory.stop();
        let query = |number| sets.query(number, QUERY_TOKENS).query;
        let given: Vec<Query> = (0..NUM_GIVEN).map(query).collect();
        let start = cpu_seconds();
        let writer = collection.writer().expect("no other writer");
        let calibration = writer.tune(&given).expect("documents and queries");
        writer.close().expect("a writable folder");
        let calibrate_s = cpu_seconds() - start;
        let snapshot = collection.snapshot().expect("a readable collection");
        let num_held_out = if num_documents < 1_000_000 { NUM_HELD_OUT.0 } else { NUM_HELD_OUT.1 };
        let info = snapshot.info().expect("a readable collection");
        Self {
            snapshot,
            calibration,
            held_out: (NUM_GIVEN..NUM_GIVEN + num_held_out).map(query).collect(),
            seed,
            num_documents,
            build_s,
            calibrate_s,
            memory_mib,
            bytes_per_document: info.bytes_per_document(),
            num_segments: info.num_segments,
            _folder: folder,
        }
    }
}

/// Adds all documents, and waits until everything is merged that is due. CPU seconds of that alone.
fn add(collection: &Collection, sets: &Synthetic) -> f64 {
    let start = cpu_seconds();
    let mut making_s = 0.0;
    let writer = collection.writer().expect("no other writer");
    let num_documents = sets.params().num_documents;
    for first in (0..num_documents).step_by(BATCH as usize) {
        let mut batch = Batch::new();
        making_s += clock::seconds_of(|| {
            for number in first..num_documents.min(first + BATCH) {
                let document = Document::new(format!("{number:07}"), sets.document(number));
                batch.upsert(document.expect("a valid document"));
            }
        });
        writer.apply(batch).expect("a writable folder");
    }
    writer.flush().expect("a writable folder");
    writer.close().expect("a writable folder");
    cpu_seconds() - start - making_s
}
