//! Collections whose token codes start from centroids: what they learn, keep and refuse.

use crate::support::{document, query, scratch, vectors};
use pleiad::{
    Batch, Collection, Document, ErrorKind, Schema, SearchParams, Snapshot, TokenCode, TokenEncoding,
};
use pleiad_store::{FolderBackend, Options, StoreWriter};
use std::path::Path;
use std::sync::Arc;

const DIM: usize = 16;
const NUM_DOCUMENTS: usize = 200;

fn schema(token_code: TokenCode) -> Schema {
    with_centroids(token_code, Some(32))
}

fn with_centroids(code: TokenCode, centroids: Option<u32>) -> Schema {
    Schema { tokens: TokenEncoding::new(code, centroids).unwrap(), ..Schema::new(DIM) }
}

fn batch(keys: std::ops::Range<usize>) -> Batch {
    let mut batch = Batch::new();
    keys.for_each(|key| {
        batch.upsert(document(&format!("d{key}"), 0, DIM));
    });
    batch
}

fn filled(path: &Path, schema: &Schema) -> Collection {
    let collection = Collection::create(path, schema).unwrap();
    let writer = collection.writer().unwrap();
    writer.apply(batch(0..NUM_DOCUMENTS)).unwrap();
    writer.close().unwrap();
    collection
}

fn answers(snapshot: &Snapshot, exact: bool) -> Vec<Vec<(String, u32)>> {
    let params = SearchParams { k: 10, exact, ..SearchParams::default() };
    let of_query = |seed| {
        let answer = snapshot.search(&query(seed, 4, DIM), &params).unwrap();
        answer.hits.iter().map(|hit| (hit.key.as_str().to_owned(), hit.score.get().to_bits())).collect()
    };
    (0..5).map(of_query).collect()
}

fn centroids(path: &Path) -> Vec<u8> {
    let mut files = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let of_asset = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(8).any(|window| window == b"PLCENTR1").then_some(bytes)
    };
    files.find_map(|path| of_asset(&path)).expect("what was learned is kept")
}

#[test]
fn scores_are_those_of_what_is_stored() {
    for token_code in [TokenCode::Int4, TokenCode::Int2, TokenCode::Int1] {
        let (_folder, path) = scratch();
        let snapshot = filled(&path, &schema(token_code)).snapshot().unwrap();
        let query = query(3, 4, DIM);
        let params = SearchParams { k: 10, ..SearchParams::default() };
        for hit in snapshot.search(&query, &params).unwrap().hits {
            let stored = snapshot.get(hit.key.as_str()).unwrap().unwrap().vectors;
            let dot = |q: &[f32], d: &[f32]| q.iter().zip(d).map(|(q, d)| q * d).sum::<f32>();
            let best = |q| stored.rows().map(|d| dot(q, d)).fold(f32::NEG_INFINITY, f32::max);
            let expected: f32 = query.vectors().rows().map(best).sum();
            assert!((hit.score.get() - expected).abs() < 1e-4, "{token_code:?}");
            let explained = snapshot.explain(&query, hit.key.as_str()).unwrap();
            assert_eq!(explained.score, hit.score);
        }
    }
}

#[test]
fn centroids_make_codes_more_faithful() {
    let stored = |schema: &Schema| {
        let (_folder, path) = scratch();
        let snapshot = filled(&path, schema).snapshot().unwrap();
        let values = |key| snapshot.get(&format!("d{key}")).unwrap().unwrap().vectors.data().to_vec();
        (0..NUM_DOCUMENTS).flat_map(values).collect::<Vec<f32>>()
    };
    let given = stored(&with_centroids(TokenCode::F16, None));
    let error = |centroids| -> f32 {
        let found = stored(&with_centroids(TokenCode::Int2, centroids));
        found.iter().zip(&given).map(|(a, b)| (a - b).powi(2)).sum()
    };
    let (around, plain) = (error(Some(100)), error(None));
    assert!(around < 0.85 * plain, "{around} {plain}");
}

#[test]
fn what_was_learned_outlives_the_writer_and_serves_who_opened_before() {
    let (_folder, path) = scratch();
    let schema = schema(TokenCode::Int2);
    let early = {
        drop(Collection::create(&path, &schema).unwrap());
        Collection::open(&path).unwrap()
    };
    let empty = early.snapshot().unwrap();
    assert!(empty.search(&query(1, 4, DIM), &SearchParams::default()).unwrap().hits.is_empty());
    assert_eq!(empty.info().unwrap().num_documents, 0);
    let writer = Collection::open(&path).unwrap().writer().unwrap();
    writer.apply(batch(0..NUM_DOCUMENTS)).unwrap();
    drop(writer);
    let (learned, before) = (centroids(&path), answers(&early.snapshot().unwrap(), true));

    let reopened = Collection::open(&path).unwrap();
    assert_eq!(reopened.schema(), &schema);
    assert_eq!(answers(&reopened.snapshot().unwrap(), true), before);
    assert_eq!(answers(&reopened.snapshot().unwrap(), false), before);
    // A single document is enough now, and equal documents have equal codes.
    let writer = reopened.writer().unwrap();
    writer.apply(batch(7..8)).unwrap();
    writer.apply(batch(20..150)).unwrap();
    writer.compact().unwrap();
    writer.close().unwrap();
    assert_eq!(centroids(&path), learned);
    // Ids changed, and with them the order of equal scores; there are none here.
    assert_eq!(answers(&reopened.snapshot().unwrap(), true), before);
    assert!(reopened.verify_deep(&mut |_, _| {}).unwrap().is_clean());
}

#[test]
fn a_first_batch_that_teaches_too_little_is_refused() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &schema(TokenCode::Int1)).unwrap();
    let writer = collection.writer().unwrap();
    let error = writer.apply(batch(0..20)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("give at least 256"), "{error}");
    assert_eq!(collection.snapshot().unwrap().num_documents(), 0);
    let mut of_another_dim = Batch::new();
    of_another_dim.upsert(Document::new("wide", vectors(1, 300, DIM + 1)).unwrap());
    assert_eq!(writer.apply(of_another_dim).unwrap_err().kind(), ErrorKind::InvalidArgument);
    writer.apply(batch(0..NUM_DOCUMENTS)).unwrap();
    assert_eq!(collection.snapshot().unwrap().num_documents(), NUM_DOCUMENTS as u64);
}

#[test]
fn impossible_schemas_are_refused() {
    for code in [TokenCode::Int8, TokenCode::F16] {
        let error = TokenEncoding::new(code, Some(32)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    for centroids in [0, 65_537] {
        let (_folder, path) = scratch();
        let schema = with_centroids(TokenCode::Int2, Some(centroids));
        let error = Collection::create(&path, &schema).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
}

#[test]
fn centroids_that_are_gone_or_of_another_collection_are_an_error() {
    for other in [None, Some(b"PLCENTR1\x01\0\0\0\x01\0\0\0\0\x3c".to_vec())] {
        let (_folder, path) = scratch();
        drop(filled(&path, &schema(TokenCode::Int2)));
        let backend = Arc::new(FolderBackend::new(&path));
        let mut store = StoreWriter::open(backend, Options::default()).unwrap();
        store.set_assets(&[("centroids", other)]).unwrap();
        drop(store);
        let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
        let error = snapshot.search(&query(1, 4, DIM), &SearchParams::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert_eq!(snapshot.get("d3").unwrap_err().kind(), ErrorKind::Corrupt);
    }
}
