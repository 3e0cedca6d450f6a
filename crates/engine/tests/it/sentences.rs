//! The sentence vector and the labels of rows: what is stored beside the rows of a document.

use crate::support::{scratch, vectors, vectors_of};
use pleiad::{
    Batch, Collection, DocKey, Document, ErrorKind, Reduction, Schema, SentenceSchema, Snapshot,
    TokenEncoding,
};

const DIM: usize = 16;
/// Odd, so that the last byte of a code is half empty.
const SENTENCE_DIM: usize = 95;

fn schema(reduction: Reduction) -> Schema {
    let tokens = TokenEncoding::Int4 { centroids: None };
    Schema { reduction, tokens, sentence: Some(SentenceSchema { dim: SENTENCE_DIM }), ..Schema::new(DIM) }
}

fn sentence(seed: u64) -> Vec<f32> {
    vectors(seed, 1, SENTENCE_DIM).data().to_vec()
}

fn document(key: &str, version: u64) -> Document {
    let vectors = vectors_of(key, version, DIM);
    Document::new(key, vectors).unwrap().with_sentence(sentence(version)).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[track_caller]
fn assert_stored(snapshot: &Snapshot, key: &str, version: u64) {
    let stored = snapshot.get(key).unwrap().unwrap();
    let found = stored.sentence.unwrap();
    // Four bits lose 1 % of a vector's square, and its inner product with the vector is kept but for a scale of eight bits.
    assert!((cosine(&found, &sentence(version)) - 1.0).abs() < 0.005, "{key}");
    assert!((cosine(&found, &found) - 1.0).abs() < 0.05, "{key}");
    let labels = snapshot.row_labels(key).unwrap().unwrap();
    assert_eq!(labels, snapshot.schema().reduced_rows(&vectors_of(key, version, DIM)).unwrap());
    let num_rows = labels.iter().max().unwrap() + 1;
    assert_eq!(num_rows as usize, stored.vectors.num_tokens());
}

#[test]
fn both_live_through_updates_merges_and_reopening() {
    for reduction in [Reduction::Keep, Reduction::Ward { factor: 2 }, Reduction::Neighbors { factor: 3 }] {
        let (_folder, path) = scratch();
        let collection = Collection::create(&path, &schema(reduction)).unwrap();
        let writer = collection.writer().unwrap();
        let versions: Vec<u64> = (0..60).map(|at| if at % 3 == 0 { 100 + at } else { at }).collect();
        for at in 0..60u64 {
            let mut batch = Batch::new();
            batch.upsert(document(&format!("d{at}"), at));
            if at % 3 == 1 {
                batch.upsert(document(&format!("d{}", at - 1), 100 + at - 1));
            }
            if at == 58 {
                batch.upsert(document("d57", 157)).delete(DocKey::new("gone").unwrap());
            }
            writer.apply(batch).unwrap();
            if at % 9 == 0 {
                writer.flush().unwrap();
            }
        }
        let check = |snapshot: &Snapshot| {
            (0..60).for_each(|at| assert_stored(snapshot, &format!("d{at}"), versions[at]));
        };
        check(&writer.snapshot());
        writer.compact().unwrap();
        check(&writer.snapshot());
        writer.close().unwrap();
        let collection = Collection::open(&path).unwrap();
        assert_eq!(collection.schema(), &schema(reduction));
        let verification = collection.verify_deep(&mut |_, _| {}).unwrap();
        assert!(verification.is_clean(), "{verification:?}");
        let snapshot = collection.snapshot().unwrap();
        check(&snapshot);
        let info = snapshot.info().unwrap();
        assert_eq!(info.sentence_bytes, 60 * (48 + 2));
        assert_eq!(info.label_bytes > 0, reduction != Reduction::Keep);
    }
}

#[test]
fn labels_are_kept_where_the_schema_says_so() {
    let with = Schema { reduction: Reduction::Ward { factor: 2 }, ..Schema::new(DIM) };
    for (schema, is_kept) in [(with.clone(), true), (Schema { row_labels: false, ..with }, false)] {
        let (_folder, path) = scratch();
        let collection = Collection::create(&path, &schema).unwrap();
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        batch.upsert(Document::new("d", vectors(1, 130, DIM)).unwrap());
        writer.apply(batch).unwrap();
        drop(writer);
        let collection = Collection::create_or_open(&path, &schema).unwrap();
        assert_eq!(collection.schema(), &schema);
        let manifest = std::fs::read(path.join("MANIFEST")).unwrap();
        let version = if is_kept { "{\"version\":6," } else { "{\"version\":1," };
        assert!(String::from_utf8_lossy(&manifest).contains(version), "{version}");
        let snapshot = collection.snapshot().unwrap();
        let expected = is_kept.then(|| schema.reduced_rows(&vectors(1, 130, DIM)).unwrap());
        assert_eq!(snapshot.row_labels("d").unwrap(), expected);
        assert_eq!(snapshot.row_labels("e").unwrap_err().kind(), ErrorKind::NotFound);
        let label_bytes = snapshot.info().unwrap().label_bytes;
        // Two for the number of tokens, a bit for each of 130, and seven at most for half of them.
        assert!(label_bytes <= 2 + 74 && (label_bytes > 0) == is_kept, "{label_bytes}");
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &schema(Reduction::Keep)).unwrap();
    let writer = collection.writer().unwrap();
    let bare = |key: &str| Document::new(key, vectors(1, 3, DIM)).unwrap();
    for (value, word) in [(f32::NAN, "NaN"), (f32::NEG_INFINITY, "-inf")] {
        let mut values = sentence(1);
        values[7] = value;
        let error = bare("bad").with_sentence(values).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        let told = error.to_string();
        assert!(told.contains("\"bad\"") && told.contains("value 7") && told.contains(word), "{told}");
    }
    let refused = [
        (bare("none"), "has no sentence vector"),
        (bare("short").with_sentence(vec![1.0; 94]).unwrap(), "dimension 94"),
        (bare("empty").with_sentence(Vec::new()).unwrap(), "dimension 0"),
        (bare("huge").with_sentence(vec![1e30; SENTENCE_DIM]).unwrap(), "every value must be"),
    ];
    for (document, words) in refused {
        let mut batch = Batch::new();
        batch.upsert(self::document("sound", 1)).upsert(document.clone());
        let error = writer.apply(batch).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(writer.snapshot().num_documents(), 0, "nothing of the batch is kept");
    }
    let mut batch = Batch::new();
    batch.upsert(bare("zeros").with_sentence(vec![0.0; SENTENCE_DIM]).unwrap());
    writer.apply(batch).unwrap();
    let stored = writer.snapshot().get("zeros").unwrap().unwrap();
    assert_eq!(stored.sentence, Some(vec![0.0; SENTENCE_DIM]));
    drop(writer);
    let (_folder, path) = scratch();
    let writer = Collection::create(&path, &Schema::new(DIM)).unwrap().writer().unwrap();
    let mut batch = Batch::new();
    batch.upsert(self::document("more", 1));
    let error = writer.apply(batch).unwrap_err();
    assert!(error.to_string().contains("keeps none"), "{error}");
    assert_eq!(writer.snapshot().num_documents(), 0);
    for dim in [0, 1 << 20] {
        let (_folder, path) = scratch();
        let schema = Schema { sentence: Some(SentenceSchema { dim }), ..Schema::new(DIM) };
        let error = Collection::create(&path, &schema).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains("sentence vectors"), "{error}");
        assert!(!path.exists());
    }
}
