//! Collections of older releases, as they left them in `tests/fixtures`.

use crate::support::scratch;
use pleiad::{Batch, Collection, DocKey, Document, ErrorKind, LemurForm, MultiVector, Query};
use pleiad::{
    Reduction, Schema, SearchParams, SetEncoding, Snapshot, Tenant, Terms, TokenEncoding, Upgraded,
    WordsQuery,
};
use pleiad_vectors::Seed;
use std::fs;
use std::path::Path;
use std::time::Duration;

fn copy(version: &str, path: &Path) {
    fs::create_dir_all(path).unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(version);
    for entry in fs::read_dir(fixture).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), path.join(entry.file_name())).unwrap();
    }
}

fn keys(collection: &Collection) -> Vec<String> {
    let snapshot = collection.snapshot().unwrap();
    let mut keys: Vec<_> =
        snapshot.documents().map(|document| document.unwrap().key.as_str().to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn version_1_is_read_as_it_is_and_written_after_an_upgrade() {
    let (_folder, path) = scratch();
    copy("version-1", &path);
    let collection = Collection::open(&path).unwrap();
    assert_eq!(keys(&collection), ["grep", "tar"]);
    assert!(collection.verify(&mut |_, _| {}).unwrap().is_clean());
    let refused = collection.writer().err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert!(refused.to_string().contains("upgrade it to version 3"), "{refused}");
    assert_eq!(Collection::upgrade(&path, Duration::ZERO).unwrap(), Upgraded { from: 1, to: 3 });
    assert_eq!(Collection::upgrade(&path, Duration::ZERO).unwrap(), Upgraded { from: 3, to: 3 });
    let mut batch = Batch::new();
    batch.delete(DocKey::new("tar").unwrap());
    let writer = collection.writer().unwrap();
    assert_eq!(writer.apply(batch).unwrap().num_deleted, 1);
    writer.close().unwrap();
    assert_eq!(keys(&collection), ["grep"]);
    let text = collection.snapshot().unwrap().get("grep").unwrap().unwrap().text.unwrap();
    assert!(text.starts_with("grep searches files"), "{text}");
}

/// The vectors of document `d<number>` in the fixtures of schemas.
fn vectors(number: u64) -> MultiVector {
    let mut generator = Seed(number).generator();
    MultiVector::new((0..56 * 8).map(|_| generator.gaussian()).collect(), 8).unwrap()
}

/// Document `d<number>` of a collection with this schema.
fn document(number: u64, schema: &Schema) -> Document {
    let mut document = Document::new(format!("d{number}"), vectors(number)).unwrap();
    if schema.words.is_some() {
        let mut terms = Terms::default();
        terms.push(0, &format!("w{number}"), 0);
        terms.push(1, "common", 0);
        document = document.with_terms(terms);
    }
    if !schema.sets.is_empty() && number.is_multiple_of(2) {
        document = document.with_set("title", title(number)).unwrap();
    }
    match schema.sentence {
        Some(_) => document.with_sentence(sentence(number)).unwrap(),
        None => document,
    }
}

/// The title of document `d<number>`, where it has one.
fn title(number: u64) -> MultiVector {
    MultiVector::new(vectors(number).data()[..4 * 16].to_vec(), 16).unwrap()
}

/// The sentence vector of document `d<number>`.
fn sentence(number: u64) -> Vec<f32> {
    vectors(number).data()[..24].to_vec()
}

/// Each version of the schema, written by the release that had it last: plain, LEMUR of half-planes, centroids, trained
/// LEMUR with centroids, words, sentence vectors with labels beside words, two documents without vectors beside those
/// of version 6, and titles of every second document beside those, of twenty documents each.
#[test]
fn a_schema_of_each_version_is_searched_and_written() {
    for version in 1..=8 {
        let (_folder, path) = scratch();
        copy(&format!("schema-{version}"), &path);
        let manifest = fs::read(path.join("MANIFEST")).unwrap();
        assert!(
            String::from_utf8_lossy(&manifest).contains(&format!("{{\"version\":{version},")),
            "{version}"
        );
        let collection = Collection::open(&path).unwrap();
        let schema = collection.schema().clone();
        let form = match &schema.encoding {
            SetEncoding::Fde { .. } => None,
            SetEncoding::Lemur { params, .. } => Some(params.form),
        };
        let expected = [
            (None, TokenEncoding::Int8),
            (Some(LemurForm::HalfPlanes), TokenEncoding::Int8),
            (None, TokenEncoding::Int2 { centroids: Some(32) }),
            (Some(LemurForm::Trained), TokenEncoding::Int1 { centroids: Some(16) }),
            (None, TokenEncoding::Int8),
            (None, TokenEncoding::Int4 { centroids: None }),
            (None, TokenEncoding::Int4 { centroids: None }),
            (None, TokenEncoding::Int4 { centroids: None }),
        ];
        assert_eq!((form, schema.tokens), expected[version - 1]);
        assert!(collection.verify_deep(&mut |_, _| {}).unwrap().is_clean(), "{version}");
        let from = if version < 5 { 2 } else { 3 };
        assert_eq!(Collection::upgrade(&path, Duration::ZERO).unwrap(), Upgraded { from, to: 3 });
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        batch.upsert(document(20, &schema));
        writer.apply(batch).unwrap();
        writer.close().unwrap();
        let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
        check_beside_vectors(&snapshot, version);
        let params =
            SearchParams { k: 1, num_candidates: Some(20), num_reranked: Some(20), ..Default::default() };
        for number in [0, 7, 20] {
            let answer = snapshot.search(&Query::new(vectors(number)), &params).unwrap();
            assert_eq!(answer.hits[0].key.as_str(), format!("d{number}"), "version {version}");
        }
    }
}

#[test]
fn named_sets_are_read_from_a_collection_that_has_some() {
    let (_folder, path) = scratch();
    copy("schema-8", &path);
    let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
    let set = &snapshot.schema().sets[0];
    assert_eq!((set.name.as_str(), set.dim, set.source.as_deref()), ("title", 16, Some("title")));
    let titles = snapshot.of_set("title").unwrap();
    let params = SearchParams { k: 50, ..Default::default() };
    let answer = titles.search(&Query::new(title(6)), &params).unwrap();
    assert_eq!((answer.hits.len(), answer.hits[0].key.as_str()), (10, "d6"));
    for number in 0..20 {
        let stored = snapshot.get(&format!("d{number}")).unwrap().unwrap();
        let found = stored.sets.get("title");
        assert_eq!(found.is_some(), number % 2 == 0);
        let close = |(a, b): (&f32, &f32)| (a - b).abs() < 0.05;
        assert!(found.is_none_or(|found| found.data().iter().zip(title(number).data()).all(close)));
    }
}

#[test]
fn documents_without_vectors_are_read_from_a_collection_that_says_so() {
    let (_folder, path) = scratch();
    copy("schema-7", &path);
    let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
    assert_eq!(snapshot.num_documents(), 22);
    let answer =
        snapshot.search(&Query::new(vectors(3)), &SearchParams { k: 50, ..Default::default() }).unwrap();
    assert_eq!((answer.hits.len(), answer.num_matched), (20, 20));
    let found = snapshot.count(&pleiad::Predicate::parse("kind = \"bare\"").unwrap()).unwrap();
    assert_eq!(found, 2);
    assert!(snapshot.get("bare 1").unwrap().unwrap().vectors.is_empty());
}

#[test]
fn tenants_are_read_from_a_collection_that_keeps_them_apart() {
    let (_folder, path) = scratch();
    copy("schema-7-tenants", &path);
    let collection = Collection::open(&path).unwrap();
    let snapshot = collection.snapshot().unwrap();
    let tenants = snapshot.tenants(None, 9).unwrap().into_iter();
    let tenants: Vec<(String, u64)> =
        tenants.map(|info| (info.tenant.to_string(), info.num_documents)).collect();
    assert_eq!(tenants, [("acme".to_owned(), 2), ("b".to_owned(), 1)]);
    let b = Tenant::new("b").unwrap();
    let own = snapshot.of_tenant(&b).unwrap();
    let answer = own.search(&Query::new(vectors(3)), &SearchParams::default()).unwrap();
    assert_eq!((answer.hits.len(), answer.hits[0].key.as_str()), (1, "d1"));
    assert_eq!(own.get("d1").unwrap().unwrap().text.as_deref(), Some("of b"));
    assert_eq!(snapshot.get("d1").unwrap_err().kind(), ErrorKind::InvalidArgument);
    let writer = collection.writer().unwrap();
    let mut batch = Batch::of_tenant(b.clone());
    batch.delete(DocKey::new("d1").unwrap());
    assert_eq!(writer.apply(batch).unwrap().num_deleted, 1);
    assert_eq!(writer.snapshot().tenants(None, 9).unwrap().len(), 1);
}

/// Words, sentence vectors and labels are there from the version on that has them.
fn check_beside_vectors(snapshot: &Snapshot, version: usize) {
    for number in [0, 7, 20] {
        let key = format!("d{number}");
        let words = WordsQuery::new([format!("w{number}")]).unwrap();
        match snapshot.search_words(&words, &SearchParams::default()) {
            Ok(answer) => assert!(version >= 5 && answer.hits[0].key.as_str() == key, "version {version}"),
            Err(error) => assert!(version < 5 && error.kind() == ErrorKind::Unsupported, "{error}"),
        }
        let stored = snapshot.get(&key).unwrap().unwrap();
        let schema = snapshot.schema();
        let is_known = version >= 6 || schema.reduction == Reduction::Keep;
        let expected = is_known.then(|| schema.reduced_rows(&vectors(number)).unwrap());
        assert_eq!(snapshot.row_labels(&key).unwrap(), expected, "version {version}");
        let Some(found) = stored.sentence else {
            assert!(version < 6, "version {version}");
            continue;
        };
        let (expected, mut length) = (sentence(number), 0.0);
        expected.iter().for_each(|value| length += value * value);
        let product: f32 = expected.iter().zip(&found).map(|(a, b)| a * b).sum::<f32>() / length.sqrt();
        assert!((product - 1.0).abs() < 0.005, "{product}");
    }
}
