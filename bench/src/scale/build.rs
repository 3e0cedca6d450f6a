use crate::clock::{self, process_cpu_seconds as cpu_seconds};
use crate::memory::MemoryPeak;
use pleiad::{Batch, Calibration, Collection, Document, Query, Schema, Snapshot};
use pleiad_evaluate::{Synthetic, SyntheticParams};
use std::path::Path;

/// Documents of a batch.
const BATCH: u64 = 1000;

/// Tokens of a query.
const QUERY_TOKENS: usize = 16;

/// Queries that a calibration may draw from, and the number of the first one held out.
const NUM_GIVEN: u64 = 512;

/// Queries held out.
const NUM_HELD_OUT: u64 = 100;

/// A collection of synthetic documents, and what making it took.
pub struct Built {
    pub snapshot: Snapshot,
    pub calibration: Calibration,
    pub held_out: Vec<Query>,
    pub seed: u64,
    pub num_documents: u64,
    /// Nothing where it was there from an earlier run.
    pub made: Option<Made>,
    /// CPU seconds of the calibration alone.
    pub calibrate_s: f64,
    pub bytes_per_document: f64,
    pub num_segments: u64,
    /// Folder that is removed at the end.
    _folder: Option<tempfile::TempDir>,
}

/// Cost of making a collection: CPU seconds of all threads, without those that made the documents up.
pub struct Made {
    /// Adding the documents.
    pub add_s: f64,
    /// Finding centroids and making postings, for all of them at once.
    pub postings_s: f64,
    /// Mebibytes while documents came in, at most.
    pub memory_mib: f64,
}

impl Built {
    /// In a temporary folder, or in one that is kept and, where it is there already, used as it is.
    pub fn new(num_documents: u64, kept: Option<&Path>) -> Self {
        let folder = kept.is_none().then(|| tempfile::tempdir().expect("a temporary folder"));
        let path = match (kept, &folder) {
            (Some(kept), _) => kept.join(num_documents.to_string()),
            (None, Some(folder)) => folder.path().join("collection"),
            (None, None) => unreachable!("one or the other"),
        };
        let params = SyntheticParams::passages(num_documents);
        let (seed, schema) = (params.seed.0, Schema::new(params.dim));
        let sets = Synthetic::new(params).expect("valid parameters");
        let query = |number| sets.query(number, QUERY_TOKENS).query;
        let given: Vec<Query> = (0..NUM_GIVEN).map(query).collect();
        let is_there = path.exists();
        let collection = if is_there {
            Collection::open(&path).expect("a collection of an earlier run")
        } else {
            Collection::create(&path, &schema).expect("a new folder")
        };
        let memory = MemoryPeak::start();
        let add_s = if is_there { 0.0 } else { add(&collection, &sets) };
        let memory_mib = memory.stop();
        let (calibration, tune_s) = tune(&collection, &given);
        let snapshot = collection.snapshot().expect("a readable collection");
        // The same again, now that there are postings.
        let start = cpu_seconds();
        let again = snapshot.calibrate(&given).expect("documents and queries");
        let calibrate_s = cpu_seconds() - start;
        assert_eq!(again, calibration);
        let info = snapshot.info().expect("a readable collection");
        Self {
            snapshot,
            calibration,
            held_out: (NUM_GIVEN..NUM_GIVEN + NUM_HELD_OUT).map(query).collect(),
            seed,
            num_documents,
            made: (!is_there).then_some(Made { add_s, postings_s: tune_s - calibrate_s, memory_mib }),
            calibrate_s,
            bytes_per_document: info.bytes_per_document(),
            num_segments: info.num_segments,
            _folder: folder,
        }
    }
}

/// Calibrates and keeps that, making postings where there are none; with the CPU seconds that it took.
fn tune(collection: &Collection, given: &[Query]) -> (Calibration, f64) {
    let start = cpu_seconds();
    let writer = collection.writer().expect("no other writer");
    let calibration = writer.tune(given).expect("documents and queries");
    writer.close().expect("a writable folder");
    (calibration, cpu_seconds() - start)
}

/// Adds all documents, and waits until what is under way is merged. CPU seconds of that alone.
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
    // Not closed: that would calibrate, and make postings.
    drop(writer);
    cpu_seconds() - start - making_s
}
