//! The memory that filling a collection takes, whatever its documents hold beside their vectors.
//!
//! One test alone: it measures the memory of the whole process.

use peak_alloc::PeakAlloc;
use pleiad::{BuildParams, Collection, Schema};
use pleiad_text::Unattended;
use pleiad_text::ingest::{Destination, Preparation, ingest};
use pleiad_text::input::{Consumed, Place, Record, Records};
use serde_json::json;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;
const NUM_DOCUMENTS: u64 = 160;

/// Documents of one vector with a field of two megabytes.
fn records(field: &'static str) -> Records {
    let record = move |number: u64| {
        let value = json!({ "_id": number, "vectors": [[1, 2]], field: "x".repeat(2 * MIB) });
        let place = Place { file: "x.jsonl".into(), line: Some(number) };
        Record::from_json(place, value.as_object().cloned().unwrap_or_default())
    };
    Box::new((0..NUM_DOCUMENTS).map(record))
}

#[test]
fn attributes_titles_and_texts_count_as_memory() {
    for field in ["note", "title", "text"] {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::create(folder.path().join("docs"), &Schema::new(2)).unwrap();
        let memory_bytes = BuildParams::MIN_MEMORY_BYTES;
        let params = BuildParams { memory_bytes, ..BuildParams::default() };
        let destination = Destination::there(collection.clone(), params, &Unattended).unwrap();
        let preparation =
            Preparation::new(collection.schema(), None, Consumed::default(), memory_bytes).unwrap();
        let before = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let summary = ingest(destination, preparation, records(field), &Unattended).unwrap();
        let taken = HEAP.peak_usage().saturating_sub(before);
        println!("{field}: {} MiB", taken / MIB);
        assert_eq!(summary.num_documents, NUM_DOCUMENTS);
        // All of it would be five times as much.
        assert!(
            taken as u64 <= memory_bytes,
            "{field}: {} MiB of {} MiB",
            taken / MIB,
            memory_bytes as usize / MIB
        );
        assert_eq!(collection.snapshot().unwrap().num_documents(), NUM_DOCUMENTS);
    }
}
