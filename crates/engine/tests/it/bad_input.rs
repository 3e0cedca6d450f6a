use crate::support::{collection, document, query, scratch, vectors};
use pleiad::{
    Amendment, Batch, Collection, DocKey, Document, ErrorKind, MultiVector, Query, Schema, SearchParams,
};
use pleiad_store::testing::{Fault, FaultyBackend};

#[test]
fn vectors_of_another_dimension_are_named_and_nothing_is_kept() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(8)).unwrap();
    let writer = collection.writer().unwrap();
    let mut batch = Batch::new();
    batch.upsert(document("good", 0, 8)).upsert(document("bad", 0, 9));
    let error = writer.apply(batch).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("\"bad\"") && error.to_string().contains('9'), "{error}");
    assert_eq!(writer.snapshot().num_documents(), 0);
    let mut batch = Batch::new();
    batch.upsert(document("good", 0, 8));
    writer.apply(batch).unwrap();
}

#[test]
fn documents_without_vectors_and_unusable_keys_are_refused() {
    let nothing = MultiVector::new(vec![], 4).unwrap();
    let error = Document::new("empty", nothing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("empty"), "{error}");
    let error = Document::new("", vectors(1, 1, 4)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn names_of_attributes_that_begin_with_an_underscore_are_refused() {
    let attributes = |value: serde_json::Value| value.as_object().unwrap().clone();
    let own = attributes(serde_json::json!({ "_score": 1, "year": 2, "_type": "x", "a": { "_b": 1 } }));
    let error = Document::new("d", vectors(1, 1, 4)).unwrap().with_attributes(&own).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let message = error.to_string();
    assert!(message.contains("document \"d\"") && message.ends_with("rename _score, _type"), "{message}");
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(4)).unwrap();
    let writer = collection.writer().unwrap();
    let inner = attributes(serde_json::json!({ "a": { "_b": 1 } }));
    let mut batch = Batch::new();
    batch.upsert(Document::new("d", vectors(1, 1, 4)).unwrap().with_attributes(&inner).unwrap());
    writer.apply(batch).unwrap();
    for (patch, is_refused) in
        [("{\"_score\": 1}", true), ("{\"_score\": null}", false), ("{\"a\": {\"_c\": 1}}", false)]
    {
        let mut batch = Batch::new();
        batch.amend(DocKey::new("d").unwrap(), Amendment::merge(serde_json::from_str(patch).unwrap()));
        assert_eq!(writer.apply(batch).is_err(), is_refused, "{patch}");
    }
}

#[test]
fn queries_are_checked() {
    let (_folder, path) = scratch();
    let snapshot = collection(&path, 10, &Schema::new(8)).snapshot().unwrap();
    let empty = Query::new(MultiVector::new(vec![], 8).unwrap());
    for bad in [empty, query(1, 3, 9)] {
        let error = snapshot.search(&bad, &SearchParams::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        let error = snapshot.explain(&bad, "d0").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    let error = snapshot.explain(&query(1, 3, 8), "nobody").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_failed_query_of_a_batch_is_an_error_in_its_place() {
    let (_folder, path) = scratch();
    let snapshot = collection(&path, 10, &Schema::new(8)).snapshot().unwrap();
    let answers =
        snapshot.search_batch(&[query(1, 3, 8), query(1, 3, 9), query(2, 3, 8)], &SearchParams::default());
    assert!(answers[0].is_ok() && answers[1].is_err() && answers[2].is_ok());
}

#[test]
fn impossible_schemas_name_the_parameter() {
    let (_folder, path) = scratch();
    for (schema, word) in [
        (Schema::new(0), "dim"),
        (Schema::new(100_000), "dim"),
        (with_fde(|fde| fde.repetitions = 0), "repetitions"),
        (with_fde(|fde| fde.simhash_projections = 40), "simhash_projections"),
        (with_fde(|fde| fde.projection_dim = Some(0)), "projection_dim"),
    ] {
        let error = Collection::create(&path, &schema).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        assert!(error.to_string().contains(word), "{error}");
        assert!(!path.join("MANIFEST").exists());
    }
}

fn with_fde(change: impl Fn(&mut pleiad::FdeParams)) -> Schema {
    let mut params = Schema::fde_params(8);
    change(&mut params);
    Schema::new(8).with_fde(params)
}

#[test]
fn places_that_are_not_collections_say_so() {
    let (folder, path) = scratch();
    assert_eq!(open_error(&path), ErrorKind::NotFound);
    assert_eq!(open_error(folder.path()), ErrorKind::NotFound);
    std::fs::write(&path, "a file").unwrap();
    assert_eq!(open_error(&path), ErrorKind::NotFound);
    std::fs::remove_file(&path).unwrap();
    collection(&path, 3, &Schema::new(8));
    let error = Collection::create(&path, &Schema::new(8)).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
}

fn open_error(path: &std::path::Path) -> ErrorKind {
    Collection::open(path).map(|_| ()).unwrap_err().kind()
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(8)).unwrap();
    let writer = collection.writer().unwrap();
    let error = Collection::open(&path).unwrap().writer().map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    drop(writer);
    collection.writer().unwrap().close().unwrap();
}

#[test]
fn damage_is_found_by_searches_and_by_verify() {
    let (_folder, path) = scratch();
    drop(collection(&path, 200, &Schema::new(16)));
    let mut num_files = 0;
    for entry in std::fs::read_dir(&path).unwrap() {
        let file = entry.unwrap().path();
        let good = std::fs::read(&file).unwrap();
        if file.ends_with("LOCK") {
            continue; // it says who writes, and nothing that is read
        }
        num_files += 1;
        for at in [good.len() / 3, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&file, &bad).unwrap();
            let kind = read_everything(&path).expect_err("a flipped bit went unnoticed");
            assert_eq!(kind, ErrorKind::Corrupt, "{} byte {at}", file.display());
        }
        std::fs::write(&file, &good[..good.len() - 7]).unwrap();
        let kind = read_everything(&path).expect_err("a truncation went unnoticed");
        assert_eq!(kind, ErrorKind::Corrupt, "{}", file.display());
        std::fs::write(&file, &good).unwrap();
        read_everything(&path).unwrap();
    }
    assert!(num_files >= 3);
}

/// Reads as a user would; what no read meets, `verify` must.
fn read_everything(path: &std::path::Path) -> Result<(), ErrorKind> {
    let read = || -> Result<bool, pleiad::Error> {
        let collection = Collection::open(path)?;
        let snapshot = collection.snapshot()?;
        snapshot.search(&query(4, 5, 16), &SearchParams { exact: true, ..Default::default() })?;
        snapshot.search(&query(4, 5, 16), &SearchParams::default())?;
        for document in snapshot.documents() {
            snapshot.get(document?.key.as_str())?;
        }
        Ok(collection.verify(&mut |_, _| {})?.is_clean())
    };
    match read() {
        Ok(true) => Ok(()),
        Ok(false) => Err(ErrorKind::Corrupt),
        Err(error) => Err(error.kind()),
    }
}

#[test]
fn a_full_disk_stops_the_writer_and_loses_nothing() {
    let disk = std::sync::Arc::new(FaultyBackend::new());
    let collection = Collection::create_on(disk.clone(), &Schema::new(8)).unwrap();
    let writer = collection.writer().unwrap();
    let put = |writer: &pleiad::Writer, key: &str| {
        let mut batch = Batch::new();
        batch.upsert(document(key, 0, 8));
        writer.apply(batch)
    };
    put(&writer, "before").unwrap();
    disk.fail_from(disk.num_attempts(), Fault::NoSpace);
    let error = put(&writer, "lost").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    disk.repair();
    let error = put(&writer, "refused").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("open it again"), "{error}");
    assert!(writer.snapshot().get("before").unwrap().is_some());
    drop(writer);
    let writer = collection.writer().unwrap();
    put(&writer, "after").unwrap();
    let snapshot = collection.snapshot().unwrap();
    let there = ["before", "lost", "refused", "after"].map(|key| snapshot.get(key).unwrap().is_some());
    assert_eq!(there, [true, false, false, true]);
}
