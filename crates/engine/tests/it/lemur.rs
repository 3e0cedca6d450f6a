//! Collections whose candidates come from regression: what they learn, keep and refuse.

use crate::support::{document, query, scratch};
use pleiad::{
    Batch, Collection, DocKey, Document, ErrorKind, LemurCode, LemurParams, MultiVector, Schema,
    SearchParams, SetEncoding, Snapshot, TokenEncoding,
};
use std::path::{Path, PathBuf};

const DIM: usize = 16;
const NUM_DOCUMENTS: usize = 400;

fn batch(keys: std::ops::Range<usize>) -> Batch {
    let mut batch = Batch::new();
    keys.for_each(|key| {
        batch.upsert(document(&format!("d{key}"), 0, DIM));
    });
    batch
}

fn trained() -> Schema {
    Schema::new(DIM).with_lemur(64)
}

/// For what does not depend on the features: nothing is trained.
fn half_planes() -> Schema {
    let encoding = SetEncoding::Lemur { params: LemurParams::half_planes(64, 42), code: LemurCode::Int4 };
    Schema { encoding, ..trained() }
}

fn collection(path: &Path) -> Collection {
    collection_of(path, &half_planes())
}

fn collection_of(path: &Path, schema: &Schema) -> Collection {
    let collection = Collection::create(path, schema).unwrap();
    let writer = collection.writer().unwrap();
    writer.apply(batch(0..NUM_DOCUMENTS)).unwrap();
    writer.close().unwrap();
    collection
}

fn found(snapshot: &Snapshot, seed: u64, params: &SearchParams) -> Vec<String> {
    let answer = snapshot.search(&query(seed, 4, DIM), params).unwrap();
    answer.hits.into_iter().map(|hit| hit.key.as_str().to_owned()).collect()
}

fn few_candidates() -> SearchParams {
    SearchParams { k: 10, num_candidates: Some(120), ..SearchParams::default() }
}

fn asset(path: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    files.find(|file| file.to_string_lossy().contains("asset")).expect("what was learned is kept")
}

#[test]
fn a_few_candidates_hold_most_of_the_exact_answers() {
    let [untrained, trained] = [half_planes(), trained()].map(|schema| overlap(&schema));
    assert!(untrained > 150 && trained > 150, "{untrained}, {trained} of 200");
}

fn overlap(schema: &Schema) -> usize {
    let (_folder, path) = scratch();
    let snapshot = collection_of(&path, schema).snapshot().unwrap();
    let mut overlap = 0;
    for seed in 0..20 {
        let exact = found(&snapshot, seed, &SearchParams { exact: true, k: 10, ..SearchParams::default() });
        let fast = found(&snapshot, seed, &few_candidates());
        overlap += exact.iter().filter(|key| fast.contains(key)).count();
    }
    overlap
}

/// Half-planes are in schemas that older programs read, and what those wrote says nothing of a form.
#[test]
fn only_trained_features_ask_for_a_newer_program() {
    let text = |schema: &Schema| {
        let (_folder, path) = scratch();
        let reopened = {
            drop(Collection::create(&path, schema).unwrap());
            Collection::open(&path).unwrap()
        };
        assert_eq!(reopened.schema(), schema);
        String::from_utf8_lossy(&std::fs::read(path.join("MANIFEST")).unwrap()).into_owned()
    };
    let untrained = text(&half_planes());
    assert!(untrained.contains("{\"version\":2,"), "{untrained}");
    assert!(untrained.contains("{\"num_features\":64,\"num_samples\":512,\"seed\":42}"), "{untrained}");
    let trained = text(&Schema { tokens: TokenEncoding::Int2 { centroids: Some(8) }, ..self::trained() });
    assert!(trained.contains("{\"version\":4,"), "{trained}");
    assert!(trained.contains("\"num_samples\":512,\"form\":\"trained\",\"seed\":42}"), "{trained}");
}

#[test]
fn a_collection_without_documents_is_asked_in_vain() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(DIM).with_lemur(64)).unwrap();
    assert!(found(&collection.snapshot().unwrap(), 1, &few_candidates()).is_empty());
}

#[test]
fn what_was_learned_outlives_the_writer() {
    let (_folder, path) = scratch();
    drop(collection_of(&path, &trained()));
    let learned = std::fs::read(asset(&path)).unwrap();
    let reopened = Collection::open(&path).unwrap();
    assert_eq!(reopened.schema(), &trained());
    let before: Vec<_> =
        (0..5).map(|seed| found(&reopened.snapshot().unwrap(), seed, &few_candidates())).collect();
    // Another process, and even a single document: nothing is learned anew, and equal documents score alike.
    let writer = reopened.writer().unwrap();
    writer.apply(batch(7..8)).unwrap();
    writer.apply(batch(20..300)).unwrap();
    writer.close().unwrap();
    assert_eq!(std::fs::read(asset(&path)).unwrap(), learned);
    let after: Vec<_> =
        (0..5).map(|seed| found(&reopened.snapshot().unwrap(), seed, &few_candidates())).collect();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
}

#[test]
fn a_first_batch_that_teaches_nothing_is_refused() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &half_planes()).unwrap();
    let writer = collection.writer().unwrap();
    let error = writer.apply(batch(0..3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("learns from its first batch"), "{error}");
    assert_eq!(collection.snapshot().unwrap().num_documents(), 0);
    let mut nothing = Batch::new();
    nothing.delete(DocKey::new("d0").unwrap());
    writer.apply(nothing).unwrap();
    writer.apply(batch(0..NUM_DOCUMENTS)).unwrap();
    assert_eq!(collection.snapshot().unwrap().num_documents(), NUM_DOCUMENTS as u64);
}

/// Documents are encoded together: an error is still about one of them, and nothing of the batch is kept.
#[test]
fn the_document_that_cannot_be_encoded_is_named() {
    let (_folder, path) = scratch();
    let collection = collection(&path);
    let writer = collection.writer().unwrap();
    let mut mixed = batch(500..540);
    mixed.upsert(Document::new("huge", MultiVector::new(vec![3e38; DIM], DIM).unwrap()).unwrap());
    mixed.delete(DocKey::new("d3").unwrap());
    let error = writer.apply(mixed).unwrap_err();
    assert!(error.to_string().contains("\"huge\""), "{error}");
    assert_eq!(writer.snapshot().num_documents(), NUM_DOCUMENTS as u64);
    let mut changes = batch(500..540);
    changes.delete(DocKey::new("d3").unwrap()).delete(DocKey::new("d4").unwrap());
    let receipt = writer.apply(changes).unwrap();
    assert_eq!((receipt.num_upserted, receipt.num_deleted), (40, 2));
    assert!(collection.verify_deep(&mut |_, _| {}).unwrap().is_clean());
}

#[test]
fn a_damaged_sample_is_an_error_not_another_one() {
    let (_folder, path) = scratch();
    let before = found(&collection(&path).snapshot().unwrap(), 3, &few_candidates());
    let files = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
    let copies: Vec<PathBuf> = files.filter(|file| is_lemur(&std::fs::read(file).unwrap())).collect();
    assert_eq!(copies.len(), 2, "it is kept twice");
    for (num_damaged, file) in (1..).zip(&copies) {
        let mut bytes = std::fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(file, bytes).unwrap();
        let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
        if num_damaged == 1 {
            assert_eq!(found(&snapshot, 3, &few_candidates()), before);
        } else {
            let error = snapshot.search(&query(3, 4, DIM), &few_candidates()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        }
    }
}

fn is_lemur(bytes: &[u8]) -> bool {
    bytes.windows(7).any(|window| window == b"PLLEMUR")
}
