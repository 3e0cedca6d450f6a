//! Merges that run beside the writer.

use crate::common::{Model, check, delete, layout, upsert};
use pleiad_store::testing::{Fault, FaultyBackend};
use pleiad_store::{MergeChoice, Options, PartId, Store, StoreError, StoreWriter, verify};
use std::sync::Arc;

fn open(folder: &FaultyBackend) -> pleiad_store::Result<StoreWriter> {
    StoreWriter::open(Arc::new(folder.clone()), Options::default())
}

/// Four segments of four documents, of which some are replaced and deleted.
fn collection() -> (FaultyBackend, StoreWriter, Model) {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder).unwrap(), Model::default());
    for round in 0..4u32 {
        let documents = (0..4).map(|i| upsert(&format!("key-{}", round * 3 + i), round, 40));
        let batch: Vec<_> = documents.chain([delete(&format!("key-{round}"))]).collect();
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
        writer.flush().unwrap();
    }
    (folder, writer, model)
}

fn num_segments(writer: &StoreWriter) -> u64 {
    writer.view().stats().num_segments
}

#[test]
fn changes_made_meanwhile_are_in_what_is_installed() {
    let (folder, mut writer, mut model) = collection();
    let job = writer.merge_job(MergeChoice::Due, u64::MAX).expect("four segments of one tier");
    assert_eq!(job.parts().count(), 4);
    assert!(writer.merge_job(MergeChoice::All, u64::MAX).is_none(), "one at a time");
    let before = writer.view();
    let old_model = model.clone();
    for batch in
        [vec![upsert("key-5", 9, 90), delete("key-7")], vec![upsert("key-8", 8, 8), upsert("new", 1, 1)]]
    {
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
    }
    writer.flush().unwrap();
    let mut merged = job.run().unwrap();
    let part = merged.part().unwrap();
    let graph = vec![7; part.num_rows() as usize];
    let PartId::Segment(number) = part.part_id() else { panic!("a segment") };
    merged.attach("graph", &graph).unwrap();
    model.attachments.entry(number).or_default().insert("graph".into(), graph);
    let batch = [delete("key-9"), upsert("key-10", 3, 3)];
    assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
    assert!(writer.install(merged).unwrap());
    assert_eq!(num_segments(&writer), 3, "the merged one, and one for each flush since");
    check(&writer.view(), &model);
    check(&before, &old_model);
    writer.close().unwrap();
    check(&Store::open(Arc::new(folder.clone())).unwrap().view().unwrap(), &model);
    let report = verify(&folder, &mut |event| drop(event)).unwrap();
    assert_eq!((report.num_findings, report.num_orphans), (0, 0));
}

#[test]
fn rows_of_merged_segments_may_be_in_the_order_of_keys() {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    let options = Options { has_key_order: true, ..Options::default() };
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), options).unwrap();
    let mut model = Model::default();
    for round in 0..4u32 {
        let keys = (0..4).rev().map(|i| upsert(&format!("{}-key-{i}", (round * 3 + i) % 5), round, 40));
        let batch: Vec<_> = keys.collect();
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
        writer.flush().unwrap();
    }
    let merged = writer.merge_job(MergeChoice::All, u64::MAX).unwrap().run().unwrap();
    let part = merged.part().unwrap().clone();
    let keys: Vec<&str> = (0..part.num_rows()).map(|row| part.key(row).unwrap()).collect();
    assert!(keys.is_sorted() && keys.len() > 4, "{keys:?}");
    // Rows that go meanwhile are found in the new order.
    let batch = [delete(keys[1]), upsert(keys[keys.len() - 1], 9, 90), delete("nobody")];
    assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
    assert!(writer.install(merged).unwrap());
    check(&writer.view(), &model);
    let rows = |prefix: &str| part.rows_with_prefix(prefix).unwrap().into_iter().collect::<Vec<u32>>();
    let expected: Vec<u32> =
        (0..).zip(&keys).filter(|(_, key)| key.starts_with("1-")).map(|(row, _)| row).collect();
    assert_eq!(rows("1-"), expected);
    assert_eq!((rows("").len(), rows("9-").len()), (keys.len(), 0));
    assert_eq!(part.first_key_from("1-").unwrap(), keys.iter().copied().find(|key| *key >= "1-"));
    assert_eq!(part.first_key_from("9").unwrap(), None);
    writer.close().unwrap();
    assert_eq!(verify(&folder, &mut |event| drop(event)).unwrap().num_findings, 0);
}

#[test]
fn a_merge_of_what_is_gone_changes_nothing() {
    let (folder, mut writer, model) = collection();
    let merged = writer.merge_job(MergeChoice::All, u64::MAX).unwrap().run().unwrap();
    writer.merge().unwrap();
    assert!(!writer.install(merged).unwrap());
    check(&writer.view(), &model);
    writer.close().unwrap();
    drop(open(&folder).unwrap());
    assert_eq!(verify(&folder, &mut |event| drop(event)).unwrap().num_orphans, 0);
}

#[test]
fn a_merge_that_fails_leaves_the_writer_at_work() {
    for fault in [Fault::NoSpace, Fault::Device] {
        let mut num_failed = 0;
        loop {
            let (folder, mut writer, mut model) = collection();
            let job = writer.merge_job(MergeChoice::Due, u64::MAX).unwrap();
            folder.fail_from(folder.num_attempts() + num_failed, fault);
            let outcome = job.run();
            folder.repair();
            let Err(error) = outcome else { break };
            assert!(matches!(error, StoreError::Io { .. }), "{error}");
            let batch = [upsert("later", 1, 1)];
            assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
            writer.merge_due().unwrap();
            assert_eq!(num_segments(&writer), 2);
            check(&writer.view(), &model);
            assert_eq!(verify(&folder, &mut |event| drop(event)).unwrap().num_orphans, 0);
            num_failed += 1;
        }
        assert!(num_failed > 2, "only {num_failed} changes were made");
    }
}

#[test]
fn the_collection_stays_locked_while_a_merge_may_write() {
    let (folder, mut writer, model) = collection();
    let job = writer.merge_job(MergeChoice::All, u64::MAX).unwrap();
    drop(writer);
    let refused = open(&folder).err().expect("the merge still writes");
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    let merged = job.run().unwrap();
    assert!(open(&folder).is_err());
    drop(merged);
    let mut writer = open(&folder).unwrap();
    check(&writer.view(), &model);
    assert_eq!(verify(&folder, &mut |event| drop(event)).unwrap().num_orphans, 0);
    writer.merge_due().unwrap();
    assert_eq!(num_segments(&writer), 1);
    check(&writer.view(), &model);
}

#[test]
fn segments_with_many_deleted_rows_are_rewritten_and_empty_ones_go() {
    let (_folder, mut writer, mut model) = collection();
    writer.merge_due().unwrap();
    let mut keys: Vec<String> = model.documents.keys().cloned().collect();
    let last = keys.split_off(keys.len() / 2);
    for keys in [keys, last] {
        let batch: Vec<_> = keys.iter().map(|key| delete(key)).collect();
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
        writer.merge_due().unwrap();
        assert_eq!(writer.view().stats().num_deleted_rows, 0);
        check(&writer.view(), &model);
    }
    assert_eq!(num_segments(&writer), 0);
}
