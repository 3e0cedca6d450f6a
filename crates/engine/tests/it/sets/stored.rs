//! Schemas with sets: what is refused, what is kept, and what older collections look like.

use super::{document, schema, vectors_of, write};
use crate::support::{query, scratch, vectors};
use pleiad::{Collection, Document, ErrorKind, LemurCode, LemurParams, Schema, SearchParams};
use pleiad::{SetEncoding, SetSchema, TokenEncoding};
use std::fs;

#[test]
fn a_schema_is_read_as_it_was_written() {
    let (_folder, path) = scratch();
    let mut schema = schema();
    let params = LemurParams::new(32, 7);
    schema.sets.push(SetSchema {
        tokens: TokenEncoding::Int2 { centroids: Some(8) },
        encoding: SetEncoding::Lemur { params, code: LemurCode::Int8 },
        ..SetSchema::new("third", 128)
    });
    drop(Collection::create(&path, &schema).unwrap());
    let opened = Collection::open(&path).unwrap();
    assert_eq!(opened.schema(), &schema);
    assert_eq!(opened.schema().set_names().collect::<Vec<_>>(), ["body", "title", "tags_2", "third"]);
    let manifest = fs::read(path.join("MANIFEST")).unwrap();
    let manifest = String::from_utf8_lossy(&manifest);
    assert!(manifest.contains("{\"version\":8,\"dim\":8,"), "{manifest}");
    assert!(manifest.contains("fde:third") && manifest.contains("tokens:third"), "{manifest}");
    let other = Schema { sets: schema.sets[..2].to_vec(), ..schema };
    let error = Collection::create_or_open(&path, &other).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

#[test]
fn impossible_sets_are_refused_by_name() {
    let (_folder, path) = scratch();
    let created = |set: SetSchema| {
        let error = Collection::create(&path, &Schema { sets: vec![set], ..Schema::new(4) }).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        error.to_string()
    };
    let message = created(SetSchema::new("Title", 4));
    assert_eq!(message, "\"Title\" is no name of a vector set: 1 to 32 of a-z, 0-9 and _, such as title");
    let message = created(SetSchema::new("title", 0));
    assert!(message.starts_with("set \"title\": ") && message.contains('0'), "{message}");
    let message = created(SetSchema::new("body", 4));
    assert_eq!(message, "two vector sets are named \"body\", which every collection has");
    assert!(!path.exists() || fs::read_dir(&path).unwrap().next().is_none(), "nothing is written");
}

#[test]
fn documents_that_do_not_fit_a_set_are_refused_by_name() {
    let (_folder, path) = scratch();
    let writer = Collection::create(&path, &schema()).unwrap().writer().unwrap();
    let refused = |document: Document| {
        let mut batch = pleiad::Batch::new();
        batch.upsert(super::document("good", (1, [true; 3]))).upsert(document);
        let error = writer.apply(batch).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(writer.snapshot().num_documents(), 0);
        error.to_string()
    };
    let without = || Document::without_vectors("d").unwrap();
    assert_eq!(
        refused(without().with_set("titel", vectors(1, 2, 4)).unwrap()),
        "document \"d\": this collection has no vector set \"titel\": its sets are body, title, tags_2"
    );
    assert_eq!(
        refused(without().with_set("title", vectors(1, 2, 5)).unwrap()),
        "document \"d\" has vectors of dimension 5 in the set \"title\", which holds dimension 16"
    );
    assert_eq!(
        refused(without().with_set("body", vectors(1, 2, 5)).unwrap()),
        "document \"d\" has vectors of dimension 5; this collection holds dimension 8"
    );
    assert!(refused(without()).contains("neither vectors nor text nor attributes"));
    let empty = pleiad::MultiVector::new(vec![], 4).unwrap();
    let error = without().with_set("title", empty).unwrap_err();
    assert!(error.to_string().contains("leave out a set that it lacks"), "{error}");
    let snapshot = writer.snapshot();
    let error = snapshot.of_set("titel").err().unwrap();
    assert_eq!(
        error.to_string(),
        "this collection has no vector set \"titel\": its sets are body, title, tags_2"
    );
    let error =
        snapshot.of_set("title").unwrap().search(&query(1, 2, 8), &SearchParams::default()).unwrap_err();
    assert_eq!(error.to_string(), "the query has dimension 8; the set \"title\" holds dimension 16");
}

#[test]
fn a_document_of_one_set_alone_is_enough() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &schema()).unwrap();
    let writer = collection.writer().unwrap();
    write(&writer, [Document::without_vectors("d").unwrap().with_set("title", vectors_of(3, 1)).unwrap()]);
    writer.close().unwrap();
    let snapshot = Collection::open(&path).unwrap().snapshot().unwrap();
    let found = snapshot.get("d").unwrap().unwrap();
    assert_eq!((found.vectors.is_empty(), found.sets.len()), (true, 1));
    assert_eq!(snapshot.search(&query(1, 2, 8), &SearchParams::default()).unwrap().hits, []);
    let title = snapshot.of_set("title").unwrap();
    assert_eq!(title.search(&query(1, 2, 16), &SearchParams::default()).unwrap().hits.len(), 1);
    let info = snapshot.info().unwrap();
    let about = info.sets.iter().map(|set| (set.name.as_str(), set.num_documents, set.num_tokens));
    assert_eq!(about.collect::<Vec<_>>(), [("title", 1, 5), ("tags_2", 0, 0)]);
    assert_eq!((info.num_documents, info.num_tokens), (1, 0));
}

#[test]
fn a_collection_without_sets_is_written_as_before() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(8)).unwrap();
    let writer = collection.writer().unwrap();
    write(&writer, [document("d", (1, [true, false, false])), document("e", (2, [false; 3]))]);
    writer.close().unwrap();
    let manifest = fs::read(path.join("MANIFEST")).unwrap();
    let manifest = String::from_utf8_lossy(&manifest);
    assert!(manifest.contains("{\"version\":7,\"dim\":8,") && !manifest.contains("sets"), "{manifest}");
    assert!(manifest.contains("\"vectorless\":true}"), "{manifest}");
    assert_eq!(collection.snapshot().unwrap().info().unwrap().sets, []);
}
