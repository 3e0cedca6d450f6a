//! The disk is full, or broken, from any change on.

use crate::common::{Model, check, delete, layout, read_all, upsert};
use crate::crash::{losses, survive};
use pleiad_store::testing::{Fault, FaultyBackend, Loss};
use pleiad_store::{Operation, Options, Result, Store, StoreError, StoreWriter, verify};
use std::sync::Arc;

fn options() -> Options {
    Options { flush_bytes: 1 << 20, flush_batches: 3, ..Options::default() }
}

fn batches() -> Vec<Vec<Operation>> {
    let batch = |round: u32| {
        let documents =
            (0..3).map(|i| upsert(&format!("key-{}", (round + i * 2) % 7), round, (i * 400) as usize));
        documents.chain([delete(&format!("key-{}", round % 5))]).collect()
    };
    (0..9).map(batch).collect()
}

/// Writes until something fails; the model is that of the acknowledged batches.
fn write(folder: &FaultyBackend, model: &mut Model) -> Result<StoreWriter> {
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), options())?;
    for (round, batch) in batches().iter().enumerate() {
        let done = match writer.commit(batch) {
            Ok(done) => done,
            Err(error) => {
                check_poisoned(&mut writer, batch, model, &error);
                return Err(error);
            }
        };
        assert_eq!(done, model.commit(batch));
        if round == 6 {
            let merged = writer.merge();
            if let Err(error) = merged {
                check_poisoned(&mut writer, batch, model, &error);
                return Err(error);
            }
        }
    }
    Ok(writer)
}

/// The first cause is kept, nothing more is written, and the view is that of the last acknowledged batch.
fn check_poisoned(writer: &mut StoreWriter, batch: &[Operation], model: &Model, first: &StoreError) {
    assert!(matches!(first, StoreError::Io { .. }), "{first}");
    for result in [writer.commit(batch).map(drop), writer.flush(), writer.merge()] {
        match result {
            Err(StoreError::Poisoned { cause }) => assert_eq!(cause, first.to_string()),
            other => panic!("{other:?} after {first}"),
        }
    }
    check(&writer.view(), model);
}

fn fail_at(attempt: usize, fault: Fault) -> bool {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    folder.fail_from(attempt, fault);
    let mut model = Model::default();
    let failed = match write(&folder, &mut model) {
        Err(error) => {
            assert!(matches!(error, StoreError::Io { .. }), "{error}");
            true
        }
        Ok(writer) => writer.close().is_err(),
    };
    folder.repair();
    recover(&folder, &model);
    failed
}

/// A new writer finds what was acknowledged, perhaps with the batch that was not; and the power may go at any
/// moment meanwhile. What a failed sync left in the cache must have been rewritten by then.
fn recover(folder: &FaultyBackend, acknowledged: &Model) {
    let start = folder.num_events();
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), options()).unwrap();
    let mut attempted = acknowledged.clone();
    if let Some(next) = batches().get(acknowledged.sequence as usize) {
        attempted.commit(next);
    }
    let whole = read_all(&writer.view()).unwrap() != acknowledged.documents;
    let mut model = if whole { attempted.clone() } else { acknowledged.clone() };
    check(&writer.view(), &model);
    let opened = folder.num_events();
    let batch = [upsert("later", 5, 100)];
    assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
    drop(writer);
    for cut in start..=folder.num_events() {
        let allowed = match cut {
            _ if cut == folder.num_events() => vec![&model],
            _ if cut <= opened => vec![acknowledged, &attempted],
            _ => vec![acknowledged, &attempted, &model],
        };
        for loss in losses(cut, 2) {
            survive(&folder.image(cut, loss), &allowed);
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_any_change_fails() {
    for fault in [Fault::NoSpace, Fault::Device] {
        let mut attempt = 0;
        while fail_at(attempt, fault) {
            attempt += 1;
        }
        assert!(attempt > 60, "only {attempt} changes were made");
    }
}

#[test]
fn a_creation_that_fails_can_be_repeated() {
    for fault in [Fault::NoSpace, Fault::Device] {
        for attempt in 0..5 {
            let folder = FaultyBackend::new();
            folder.fail_from(attempt, fault);
            let error = Store::create(&folder, layout()).unwrap_err();
            assert!(matches!(error, StoreError::Io { .. }), "{error}");
            folder.repair();
            match Store::create(&folder, layout()) {
                Ok(()) => recover(&folder, &Model::default()),
                // The manifest took its name, perhaps not durably: a writer makes it so.
                Err(StoreError::Exists { .. }) => {
                    drop(StoreWriter::open(Arc::new(folder.clone()), options()).unwrap());
                    survive(&folder.image(folder.num_events(), Loss::Everything), &[&Model::default()]);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn a_reader_changes_nothing() {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    let mut model = Model::default();
    write(&folder, &mut model).unwrap().close().unwrap();
    let attempts = folder.num_attempts();
    let files = folder.memory().files();
    folder.fail_from(0, Fault::Device);
    let store = Store::open(Arc::new(folder.clone())).unwrap();
    check(&store.view().unwrap(), &model);
    assert_eq!(verify(&folder, &mut |event| drop(event)).unwrap().num_findings, 0);
    assert_eq!((folder.num_attempts(), folder.memory().files()), (attempts, files));
}
