//! Heap of a writer, in a process of its own: every allocation counts.

use peak_alloc::PeakAlloc;
use pleiad::{Batch, BuildParams, Collection, Document, MultiVector, Schema};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const DIM: usize = 8;
const NUM_DOCUMENTS: usize = 10_000;
const BATCH: usize = 100;
/// Bytes of each document, so that all of them are twice the memory.
const TEXT_BYTES: usize = 16 << 10;

fn document(number: usize) -> Document {
    let row = (0..DIM).map(|at| ((number * 31 + at * 7) % 17) as f32 - 8.0).collect();
    let vectors = MultiVector::new(row, DIM).unwrap();
    Document::new(format!("{number:06}"), vectors).unwrap().with_text("x".repeat(TEXT_BYTES)).unwrap()
}

#[test]
fn a_build_of_more_than_its_memory_fits_stays_within_it() {
    let folder = tempfile::tempdir().unwrap();
    let collection = Collection::create(folder.path().join("collection"), &Schema::new(DIM)).unwrap();
    let params = BuildParams { memory_bytes: BuildParams::MIN_MEMORY_BYTES, ..Default::default() };
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let writer = collection.writer_with(params).unwrap();
    for first in (0..NUM_DOCUMENTS).step_by(BATCH) {
        let mut batch = Batch::new();
        (first..first + BATCH).for_each(|number| {
            batch.upsert(document(number));
        });
        writer.apply(batch).unwrap();
    }
    writer.compact().unwrap();
    writer.close().unwrap();
    let peak = (HEAP.peak_usage() - before) as u64;
    let info = collection.snapshot().unwrap().info().unwrap();
    assert_eq!(info.num_documents, NUM_DOCUMENTS as u64);
    assert!(info.total_bytes > 2 * params.memory_bytes, "{} bytes say nothing", info.total_bytes);
    assert!(peak <= params.memory_bytes, "{} KiB of {}", peak >> 10, params.memory_bytes >> 10);
}
