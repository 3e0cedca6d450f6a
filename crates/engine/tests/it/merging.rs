//! Threads that share a writer, merges beside them, and what a merge that fails does.

use crate::support::{document, query, scratch};
use pleiad::{Batch, BuildParams, Collection, DocKey, Durability, ErrorKind, Schema, SearchParams, Writer};
use pleiad_store::testing::{Fault, FaultyBackend};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

const DIM: usize = 8;

fn upsert(key: &str, version: u64) -> Batch {
    let mut batch = Batch::new();
    batch.upsert(document(key, version, DIM));
    batch
}

/// Many small segments, so that merges have something to do.
fn write(writer: &Writer, thread: u64, model: &mut BTreeMap<String, u64>) {
    for round in 0..40u64 {
        let key = format!("{thread}-{}", round % 13);
        if round % 5 == 4 {
            let mut batch = Batch::new();
            batch.delete(DocKey::new(key.as_str()).unwrap());
            writer.apply(batch).unwrap();
            model.remove(&key);
        } else {
            writer.apply(upsert(&key, round)).unwrap();
            model.insert(key, round);
        }
        if round % 4 == 0 {
            writer.flush().unwrap();
        }
    }
}

#[test]
fn threads_write_while_segments_merge_and_searches_go_on() {
    for durability in [Durability::Sync, Durability::Group(2), Durability::None] {
        let (_folder, path) = scratch();
        let collection = Collection::create(&path, &Schema::new(DIM)).unwrap();
        let writer = collection.writer_with(BuildParams { durability, ..Default::default() }).unwrap();
        let mut model: BTreeMap<String, u64> = BTreeMap::new();
        thread::scope(|scope| {
            let start = |thread| {
                let writer = &writer;
                scope.spawn(move || {
                    let mut model = BTreeMap::new();
                    write(writer, thread, &mut model);
                    model
                })
            };
            let writers: Vec<_> = (0..4).map(start).collect();
            while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
                let snapshot = writer.snapshot();
                let params = SearchParams { k: 100, exact: true, ..Default::default() };
                let answer = snapshot.search(&query(3, 2, DIM), &params).unwrap();
                assert_eq!(answer.hits.len() as u64, snapshot.num_documents().min(100));
            }
            writer.compact().unwrap();
            model.extend(writers.into_iter().flat_map(|thread| thread.join().unwrap()));
        });
        writer.close().unwrap();
        let collection = Collection::open(&path).unwrap();
        let snapshot = collection.snapshot().unwrap();
        assert!(snapshot.info().unwrap().num_segments < 8, "{:?}", snapshot.info());
        let stored: BTreeMap<String, u64> = snapshot
            .documents()
            .map(|document| document.unwrap())
            .map(|document| {
                (document.key.as_str().to_owned(), document.attributes["version"].as_u64().unwrap())
            })
            .collect();
        assert_eq!(stored, model);
        assert!(collection.verify(&mut |_, _| {}).unwrap().is_clean());
    }
}

#[test]
fn a_merge_that_fails_is_told_at_a_later_call() {
    let folder = FaultyBackend::new();
    let collection = Collection::create_on(Arc::new(folder.clone()), &Schema::new(DIM)).unwrap();
    let writer = collection.writer().unwrap();
    // Three segments: the fourth makes a merge due.
    for version in 0..3 {
        writer.apply(upsert(&format!("{version}"), version)).unwrap();
        writer.flush().unwrap();
    }
    let before = folder.num_attempts();
    writer.apply(upsert("last", 3)).unwrap();
    writer.flush().unwrap();
    // Whether the merge or a batch meets the fault first depends on the threads: both must tell it.
    folder.fail_from(before, Fault::Device);
    let error = (0..).find_map(|version| writer.apply(upsert("x", version)).err()).unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    drop(writer);
    folder.repair();
    let writer = collection.writer().unwrap();
    writer.close().unwrap();
    let info = collection.snapshot().unwrap().info().unwrap();
    assert!((4..=5).contains(&info.num_documents) && info.num_segments < 4, "{info:?}");
}

#[test]
fn a_writer_keeps_within_its_memory_and_refuses_too_little() {
    let (_folder, path) = scratch();
    let collection = Collection::create(&path, &Schema::new(DIM)).unwrap();
    let least = BuildParams { memory_bytes: BuildParams::MIN_MEMORY_BYTES, ..Default::default() };
    let too_little = BuildParams { memory_bytes: least.memory_bytes - 1, ..least };
    let error = collection.writer_with(too_little).err().unwrap();
    assert!(
        error.kind() == ErrorKind::InvalidArgument && error.to_string().contains("memory_bytes"),
        "{error}"
    );
    let writer = collection.writer_with(least).unwrap();
    for version in 0..8 {
        writer.apply(upsert(&format!("{version}"), version)).unwrap();
        writer.flush().unwrap();
    }
    writer.compact().unwrap();
    assert_eq!(writer.snapshot().info().unwrap().num_segments, 1);
    let merging = writer.maintenance();
    assert!(merging.num_merged >= 1, "{merging:?}");
    writer.close().unwrap();
}
