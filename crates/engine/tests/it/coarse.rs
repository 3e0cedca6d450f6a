//! Scans in two levels: coarse codes choose what is scored whole.

use crate::support::vectors;
use pleiad::{Batch, Collection, DocKey, Document, ErrorKind, MultiVector, PlanSource, Query, Schema};
use pleiad::{SearchParams, Snapshot};
use pleiad_store::testing::MemoryBackend;
use std::sync::{Arc, OnceLock};

const DIM: usize = 64;
const NUM_TOKENS: usize = 16;

/// Documents that resemble each other: those of the same number modulo this.
const NUM_TOPICS: u64 = 850;

/// Enough for a segment that is scanned in two levels.
const NUM_DOCUMENTS: u64 = 8500;

const PARAMS: SearchParams = SearchParams {
    k: 10,
    recall: None,
    num_candidates: Some(60),
    num_reranked: None,
    exact: false,
    audit_every: None,
    observe: true,
    filter: None,
};

fn batch(numbers: std::ops::Range<u64>) -> Batch {
    let mut batch = Batch::new();
    for number in numbers {
        let topic = vectors(number % NUM_TOPICS, NUM_TOKENS, DIM);
        let own = vectors(NUM_TOPICS + number, NUM_TOKENS, DIM);
        let values = topic.data().iter().zip(own.data()).map(|(topic, own)| topic + 0.5 * own).collect();
        let vectors = MultiVector::new(values, DIM).unwrap();
        batch.upsert(Document::new(format!("d{number}"), vectors).unwrap());
    }
    batch
}

/// A large segment, and a batch in the log.
fn filled() -> (MemoryBackend, Collection) {
    static FILLED: OnceLock<MemoryBackend> = OnceLock::new();
    let folder = FILLED.get_or_init(|| {
        let folder = MemoryBackend::new();
        let collection = Collection::create_on(Arc::new(folder.clone()), &Schema::new(DIM)).unwrap();
        let writer = collection.writer().unwrap();
        writer.apply(batch(0..NUM_DOCUMENTS)).unwrap();
        writer.flush().unwrap();
        writer.apply(batch(NUM_DOCUMENTS..NUM_DOCUMENTS + 100)).unwrap();
        writer.close().unwrap();
        folder
    });
    let folder = folder.copied();
    let collection = Collection::open_on(Arc::new(folder.clone())).unwrap();
    (folder, collection)
}

fn query_of(snapshot: &Snapshot, key: &str) -> Query {
    Query::new(snapshot.get(key).unwrap().unwrap().vectors)
}

#[test]
fn documents_are_found_by_their_own_vectors_in_every_part() {
    let (_folder, collection) = filled();
    let snapshot = collection.snapshot().unwrap();
    let mut shared = 0;
    for number in [0, 17, 4000, NUM_DOCUMENTS - 1, NUM_DOCUMENTS + 50] {
        let key = format!("d{number}");
        let query = query_of(&snapshot, &key);
        let answer = snapshot.search(&query, &PARAMS).unwrap();
        assert_eq!(
            answer.plan.sources,
            [PlanSource::FdeScan { num_candidates: 60, coarse_factor: Some(32) }]
        );
        assert_eq!(answer.hits[0].key.as_str(), key);
        // All coarse codes, those chosen, and the log.
        assert_eq!(answer.spent.num_scanned, NUM_DOCUMENTS + 60 * 32 + 100);
        assert!(answer.spent.read_bytes < NUM_DOCUMENTS * 1282 / 2, "{:?}", answer.spent);
        let exact = SearchParams { exact: true, num_candidates: None, ..PARAMS };
        let exact = snapshot.search(&query, &exact).unwrap();
        shared += exact.hits.iter().filter(|hit| answer.hits.contains(hit)).count();
    }
    assert!(shared >= 40, "{shared} of 50");
}

#[test]
fn deleted_documents_stay_hidden_and_merges_make_new_codes() {
    let (_folder, collection) = filled();
    let query = query_of(&collection.snapshot().unwrap(), "d17");
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    batch.delete(DocKey::new("d17").unwrap());
    writer.apply(batch).unwrap();
    for is_compact in [false, true] {
        if is_compact {
            writer.compact().unwrap();
        }
        let answer = writer.snapshot().search(&query, &PARAMS).unwrap();
        assert!(answer.plan.to_string().contains("by coarse codes"), "{}", answer.plan);
        assert!(answer.hits.iter().all(|hit| hit.key.as_str() != "d17"));
    }
    writer.close().unwrap();
}

#[test]
fn where_most_would_be_chosen_all_are_scored_whole() {
    let (_folder, collection) = filled();
    let snapshot = collection.snapshot().unwrap();
    let query = query_of(&snapshot, "d3");
    let params = SearchParams { num_candidates: Some(500), ..PARAMS };
    let answer = snapshot.search(&query, &params).unwrap();
    assert_eq!(answer.spent.num_scanned, NUM_DOCUMENTS + 100);
}

#[test]
fn calibrations_weigh_two_levels_against_one() {
    let (_folder, collection) = filled();
    let snapshot = collection.snapshot().unwrap();
    let calibration = snapshot.calibration().unwrap().expect("closing calibrates");
    let two_levels =
        |source: &PlanSource| matches!(source, PlanSource::FdeScan { coarse_factor: Some(_), .. });
    let mut plans = calibration.levels().flat_map(|level| &level.sources);
    assert!(plans.any(two_levels), "{calibration:?}");
}

#[test]
fn damaged_codes_are_an_error() {
    let (folder, collection) = filled();
    let query = query_of(&collection.snapshot().unwrap(), "d3");
    let damaged = |(name, mut bytes): (String, Vec<u8>)| {
        // Beyond the header, which is read whenever the collection is opened.
        if name.starts_with("attachment-") {
            bytes[200_000] ^= 1;
        }
        (name, bytes)
    };
    let files = folder.files().into_iter().map(damaged);
    let damaged = Collection::open_on(Arc::new(MemoryBackend::with_files(files))).unwrap();
    let error = damaged.snapshot().unwrap().search(&query, &PARAMS).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("attachment-"), "{error}");
}
