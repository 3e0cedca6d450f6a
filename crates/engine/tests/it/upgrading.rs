//! Collections of older releases, as they left them in `tests/fixtures`.

use crate::support::scratch;
use pleiad::{Batch, Collection, DocKey, Document, ErrorKind, LemurForm, MultiVector, Query, SearchParams};
use pleiad::{SetEncoding, TokenEncoding, Upgraded};
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

/// Each version of the schema, written by the release that had it last: plain, LEMUR of half-planes, centroids, and trained
/// LEMUR with centroids, of twenty documents each.
#[test]
fn a_schema_of_each_version_is_searched_and_written() {
    for version in 1..=4 {
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
        ];
        assert_eq!((form, schema.tokens), expected[version - 1]);
        assert!(collection.verify_deep(&mut |_, _| {}).unwrap().is_clean(), "{version}");
        assert_eq!(Collection::upgrade(&path, Duration::ZERO).unwrap(), Upgraded { from: 2, to: 3 });
        let writer = collection.writer().unwrap();
        let mut batch = Batch::new();
        batch.upsert(Document::new("d20", vectors(20)).unwrap());
        writer.apply(batch).unwrap();
        writer.close().unwrap();
        let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
        let params =
            SearchParams { k: 1, num_candidates: Some(20), num_reranked: Some(20), ..Default::default() };
        for number in [0, 7, 20] {
            let answer = snapshot.search(&Query::new(vectors(number)), &params).unwrap();
            assert_eq!(answer.hits[0].key.as_str(), format!("d{number}"), "version {version}");
        }
    }
}
