//! The disk is full, or broken, from any change on.

use crate::common::{Model, check, delete, layout, read_all, upsert};
use pleiad_store::testing::{Fault, FaultyBackend, Loss};
use pleiad_store::{Operation, Options, Result, Store, StoreError, StoreWriter, verify};
use std::sync::Arc;

fn options() -> Options {
    Options { flush_bytes: 1 << 20, flush_batches: 3 }
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

/// A new writer finds what was acknowledged, perhaps with the batch that was not; then the power goes.
fn recover(folder: &FaultyBackend, acknowledged: &Model) {
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), options()).unwrap();
    let found = read_all(&writer.view()).unwrap();
    let mut model = acknowledged.clone();
    let next = batches().into_iter().nth(acknowledged.sequence as usize);
    if let Some(next) = next.filter(|_| found != acknowledged.documents) {
        model.commit(&next);
    }
    check(&writer.view(), &model);
    let batch = [upsert("later", 5, 100)];
    assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
    drop(writer);
    // What the failed sync left in the cache was rewritten, so that losing it is no loss.
    for loss in [Loss::Everything, Loss::Torn(1), Loss::Torn(2), Loss::Nothing] {
        let image = folder.image(folder.num_events(), loss);
        assert_eq!(verify(&image, &mut |event| drop(event)).unwrap().num_findings, 0);
        let writer = StoreWriter::open(Arc::new(image), options()).unwrap();
        check(&writer.view(), &model);
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
                Ok(()) | Err(StoreError::Exists { .. }) => {}
                Err(error) => panic!("{error}"),
            }
            recover(&folder, &Model::default());
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
