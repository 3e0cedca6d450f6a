//! Damaged files: every byte, every length. Never another answer, never a panic.

use crate::common::{Model, check, delete, layout, read_all, upsert};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{Backend, Event, Options, Result, Store, StoreError, StoreWriter, verify};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) type Files = BTreeMap<String, Vec<u8>>;

fn open(folder: &MemoryBackend) -> StoreWriter {
    StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap()
}

/// Two segments with deleted rows, and a log; closed or not.
pub(crate) fn collection(text_bytes: usize, closed: bool) -> (Files, Model) {
    collection_of(0, text_bytes, closed)
}

/// The same with other content: equal in all lengths.
fn collection_of(version: u32, text_bytes: usize, closed: bool) -> (Files, Model) {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder), Model::default());
    for round in 0..5u32 {
        let documents =
            (0..3).map(|i| upsert(&format!("key-{}", round * 2 + i), version + round, text_bytes));
        let batch: Vec<_> = documents.chain((round > 1).then(|| delete("key-3"))).collect();
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
        if round == 0 || round == 2 {
            writer.flush().unwrap();
        }
        if round == 2 {
            let content = |byte: u32| Some(vec![(version + byte) as u8; 200 + text_bytes]);
            model.attach(&mut writer, 0, "graph", content(1).as_deref());
            model.set_assets(&mut writer, &[("codec".into(), content(2)), ("empty".into(), Some(vec![]))]);
        }
    }
    check(&writer.view(), &model);
    if closed {
        writer.close().unwrap();
    }
    let mut files = folder.files();
    assert_eq!(files.remove("LOCK"), Some(vec![]));
    let kinds = "a manifest, a log, two segments, an attachment, two assets of two files each";
    assert_eq!(files.len(), 9, "{kinds}: {:?}", files.keys());
    (files, model)
}

fn read(files: &Files) -> Result<BTreeMap<String, crate::common::Document>> {
    let folder = MemoryBackend::with_files(files.clone());
    let view = Store::open(Arc::new(folder))?.view()?;
    for name in view.asset_names() {
        view.asset(name).unwrap().bytes()?;
    }
    for part in view.parts() {
        part.attachment("graph").map_or(Ok(&[][..]), |graph| graph.bytes())?;
    }
    read_all(&view)
}

fn names_file(error: &StoreError, damaged: &str) -> bool {
    match error {
        StoreError::Corrupt { file, .. } => file == damaged,
        StoreError::NotACollection { .. } => damaged == "MANIFEST",
        _ => false,
    }
}

/// Damage must be found by `verify`, and reading must fail, or not have touched it.
fn check_found(files: &Files, damaged: &str, model: &Model, what: &str) {
    match read(files) {
        Ok(found) => assert_eq!(found, model.documents, "a wrong answer after {what} in {damaged}"),
        Err(error) => assert!(names_file(&error, damaged), "{error} after {what} in {damaged}"),
    }
    let mut findings = Vec::new();
    let folder = MemoryBackend::with_files(files.clone());
    let report = verify(&folder, &mut |event| {
        if let Event::Found(error) = event {
            findings.push(error);
        }
    });
    match report {
        Ok(report) => {
            assert_eq!(report.num_findings, findings.len() as u64);
            let named = findings.iter().any(|error| names_file(error, damaged));
            assert!(named, "{what} in {damaged} is not found: {findings:?}");
        }
        Err(error) => assert!(names_file(&error, damaged), "{error} after {what} in {damaged}"),
    }
}

/// An asset has two files, and every file that is covered block by block two footers: here of 8 bytes.
fn stands_twice(name: &str, bytes: &[u8], at: usize) -> bool {
    let has_footers = name.starts_with("segment") || name.starts_with("attachment");
    name.starts_with("asset") || has_footers && at >= bytes.len() - 16
}

#[test]
fn every_flipped_byte_is_found() {
    let (files, model) = collection(30, true);
    for (name, bytes) in &files {
        for at in 0..bytes.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut damaged = files.clone();
                damaged.get_mut(name).unwrap()[at] ^= mask;
                // Everything here is in the first block of its file, so that no reader can miss it, unless it stands twice.
                match read(&damaged) {
                    Ok(found) => {
                        assert!(stands_twice(name, bytes, at), "byte {at} of {name} changed, and was read");
                        assert_eq!(found, model.documents);
                    }
                    Err(error) => {
                        assert!(names_file(&error, name), "{error} after byte {at} of {name} changed");
                    }
                }
                if mask == 0x01 {
                    check_found(&damaged, name, &model, &format!("byte {at}"));
                }
            }
        }
    }
}

#[test]
fn damage_deep_in_a_large_segment_is_found_when_touched() {
    let (files, model) = collection(70_000, true);
    let segment = files.keys().rfind(|name| name.starts_with("segment")).unwrap();
    assert!(files[segment].len() > 3 << 16);
    for at in (0..files[segment].len()).step_by(4099) {
        let mut damaged = files.clone();
        damaged.get_mut(segment).unwrap()[at] ^= 0x10;
        check_found(&damaged, segment, &model, &format!("byte {at}"));
    }
}

#[test]
fn every_shorter_and_some_longer_files_are_found() {
    let (files, model) = collection(30, true);
    for (name, bytes) in &files {
        for length in 0..bytes.len() {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap().truncate(length);
            match read(&damaged) {
                Ok(found) => {
                    assert!(name.starts_with("asset") && found == model.documents, "{name}, {length}");
                }
                Err(error) => assert!(names_file(&error, name), "{error} after {name} was cut to {length}"),
            }
            check_found(&damaged, name, &model, &format!("a cut to {length}"));
        }
        // Zeros at the end of a log are what a crash leaves of a batch that was never acknowledged.
        for tail in [&[1u8][..], &[0xff; 64], b"PLEIAD\0X", &bytes[..64]] {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap().extend_from_slice(tail);
            check_found(&damaged, name, &model, "more bytes");
        }
    }
}

#[test]
fn missing_and_exchanged_files_are_found() {
    let (files, model) = collection(30, true);
    let segments: Vec<&String> = files.keys().filter(|name| name.starts_with("segment")).collect();
    let mut exchanged = files.clone();
    exchanged.insert(segments[0].clone(), files[segments[1]].clone());
    check_found(&exchanged, segments[0], &model, "another segment");
    let (others, _) = collection_of(100, 30, true);
    for name in segments {
        assert_eq!(files[name].len(), others[name].len());
        let exchanged = files.clone().into_iter().chain([(name.clone(), others[name].clone())]).collect();
        let error = read(&exchanged).expect_err("a sound segment of another collection was read");
        assert!(names_file(&error, name), "{error}");
    }
    for name in files.keys() {
        let mut damaged = files.clone();
        damaged.remove(name);
        if name.starts_with("asset") {
            check_found(&damaged, name, &model, "its removal");
            drop(open(&MemoryBackend::with_files(damaged)));
            continue;
        }
        let error = read(&damaged).unwrap_err();
        assert!(names_file(&error, name), "{error}");
        let folder = MemoryBackend::with_files(damaged);
        match StoreWriter::open(Arc::new(folder), Options::default()) {
            Ok(_) => panic!("{name} is missing, and a writer went on"),
            Err(error) => assert!(names_file(&error, name), "{error}"),
        }
    }
}

#[test]
fn a_file_that_goes_while_a_reader_looks_is_missed_and_old_views_stay() {
    let (files, model) = collection(30, true);
    let folder = MemoryBackend::with_files(files.clone());
    let store = Store::open(Arc::new(folder.clone())).unwrap();
    let view = store.view().unwrap();
    let log = files.keys().find(|name| name.starts_with("log")).unwrap();
    for name in [log, "MANIFEST"] {
        folder.remove(name).unwrap();
        let error = store.view().unwrap_err();
        assert!(names_file(&error, name), "{error}");
    }
    check(&view, &model);
}

#[test]
fn a_copy_restored_in_place_is_read_anew() {
    let (files, model) = collection(30, true);
    let (mut others, mut other_model) = collection_of(100, 30, true);
    let folder = MemoryBackend::with_files(files);
    let store = Store::open(Arc::new(folder.clone())).unwrap();
    let old = store.view().unwrap();
    // One more generation: another state under the same names and lengths.
    let moved_on = MemoryBackend::with_files(others);
    let mut writer = open(&moved_on);
    assert_eq!(writer.commit(&[delete("key-8")]).unwrap(), other_model.commit(&[delete("key-8")]));
    writer.close().unwrap();
    others = moved_on.files();
    for (name, bytes) in others {
        folder.create(&name).unwrap().write(&bytes).unwrap();
    }
    check(&store.view().unwrap(), &other_model);
    check(&old, &model);
}

/// The states after each batch of the log, oldest first, of a collection that was not closed.
fn states(files: &Files, log: &str) -> Vec<BTreeMap<String, crate::common::Document>> {
    let mut states = Vec::new();
    for length in (64..=files[log].len()).step_by(64) {
        let mut cut = files.clone();
        cut.get_mut(log).unwrap().truncate(length);
        let state = read(&cut).expect("a log that ends anywhere was left by a crash");
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
    states
}

#[test]
fn an_unclosed_log_ends_at_a_batch_wherever_it_is_cut() {
    let (files, model) = collection(600, false);
    let log = files.keys().find(|name| name.starts_with("log")).unwrap();
    let states = states(&files, log);
    assert_eq!(states.len(), 3, "the state of the segments, and two batches");
    assert_eq!(states[2], model.documents);
    for length in 64..files[log].len() {
        let mut cut = files.clone();
        cut.get_mut(log).unwrap().truncate(length);
        assert!(states.contains(&read(&cut).unwrap()));
        let writer = StoreWriter::open(Arc::new(MemoryBackend::with_files(cut)), Options::default()).unwrap();
        assert!(states.contains(&read_all(&writer.view()).unwrap()));
    }
}

#[test]
fn a_flipped_byte_in_an_unclosed_log_is_not_taken_for_a_crash() {
    let (files, model) = collection(600, false);
    let log = files.keys().find(|name| name.starts_with("log")).unwrap();
    for at in 0..files[log].len() {
        let mut damaged = files.clone();
        damaged.get_mut(log).unwrap()[at] ^= 0x20;
        let error = read(&damaged).expect_err("a damaged log was read");
        assert!(names_file(&error, log), "{error}");
    }
    assert_eq!(read(&files).unwrap(), model.documents);
}

#[test]
fn a_lost_sector_ends_the_log_only_in_its_last_batch() {
    let (files, model) = collection(600, false);
    let log = files.keys().find(|name| name.starts_with("log")).unwrap();
    let states = states(&files, log);
    let (mut num_ended, mut num_corrupt) = (0, 0);
    for sector in 1..files[log].len().div_ceil(512) {
        let mut damaged = files.clone();
        let bytes = damaged.get_mut(log).unwrap();
        let end = bytes.len().min((sector + 1) * 512);
        bytes[sector * 512..end].fill(0);
        match read(&damaged) {
            Ok(found) if found == model.documents => panic!("zeros were read"),
            Ok(found) => {
                assert_eq!(found, states[1]);
                num_ended += 1;
            }
            Err(error) => {
                assert!(names_file(&error, log), "{error}");
                num_corrupt += 1;
            }
        }
    }
    assert!(num_ended > 3 && num_corrupt > 3, "{num_ended} {num_corrupt}");
}

/// The places where the batches of a log begin.
fn frame_starts(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len()).step_by(64).filter(|&at| bytes[at..].starts_with(b"PLEIAD\0F")).collect()
}

#[test]
fn a_lost_header_ends_the_log_only_in_its_last_batch() {
    let (files, _) = collection(600, false);
    let log = files.keys().find(|name| name.starts_with("log")).unwrap();
    let starts = frame_starts(&files[log]);
    assert_eq!(starts.len(), 2);
    let lose = |start: usize| {
        let mut damaged = files.clone();
        damaged.get_mut(log).unwrap()[start..(start / 512 + 1) * 512].fill(0);
        read(&damaged)
    };
    assert_eq!(lose(starts[1]).unwrap(), states(&files, log)[1]);
    let error = lose(starts[0]).expect_err("an acknowledged batch was skipped");
    assert!(names_file(&error, log) && error.to_string().contains("another follows"), "{error}");
}

/// A log of batches that were not synced, but for the first and the third.
fn unsynced() -> (Files, Vec<Model>) {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder), Model::default());
    let mut models = vec![model.clone()];
    for round in 0..6u32 {
        let documents = (0..3).map(|i| upsert(&format!("key-{}", round * 2 + i), round, 600));
        model.write_group(&mut writer, &[documents.collect()], round == 0 || round == 2);
        models.push(model.clone());
    }
    (folder.files(), models)
}

#[test]
fn a_loss_ends_the_log_only_where_nothing_was_synced_later() {
    let (files, models) = unsynced();
    let log = files.keys().find(|name| name.starts_with("log")).unwrap();
    let starts = frame_starts(&files[log]);
    assert_eq!(starts.len(), 6);
    let mut num_ended = 0;
    for sector in 0..files[log].len().div_ceil(512) {
        let mut damaged = files.clone();
        let bytes = damaged.get_mut(log).unwrap();
        let range = sector * 512..bytes.len().min((sector + 1) * 512);
        bytes[range.clone()].fill(0);
        // The third batch was synced, and those before it.
        let (hit, was_synced) = (starts.iter().rposition(|&at| at <= range.start), range.start < starts[3]);
        match read(&damaged) {
            Ok(found) => {
                assert!(!was_synced, "sector {sector} was synced, and its loss is excused");
                let hit = hit.unwrap();
                assert!([&models[hit].documents, &models[hit + 1].documents].contains(&&found));
                num_ended += 1;
            }
            Err(error) => assert!(was_synced && names_file(&error, log), "{error} after sector {sector}"),
        }
    }
    assert!(num_ended > 10, "{num_ended}");
    for at in 0..files[log].len() {
        let mut damaged = files.clone();
        damaged.get_mut(log).unwrap()[at] ^= 0x20;
        let error = read(&damaged).expect_err("a flipped byte is no loss");
        assert!(names_file(&error, log), "{error}");
    }
}

#[test]
fn nothing_excuses_a_loss_in_a_closed_log() {
    let (files, _) = collection(600, true);
    let log = files.keys().find(|name| name.starts_with("log")).unwrap();
    for start in (0..files[log].len()).step_by(64) {
        let mut damaged = files.clone();
        let bytes = damaged.get_mut(log).unwrap();
        let end = bytes.len().min(start + 512);
        if bytes[start..end].iter().all(|&byte| byte == 0) {
            continue;
        }
        bytes[start..end].fill(0);
        let error = read(&damaged).expect_err("a damaged log was read");
        assert!(names_file(&error, log), "{error}");
    }
}
