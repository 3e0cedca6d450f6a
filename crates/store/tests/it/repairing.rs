//! Damaged collections are made whole: what was lost is named, nothing else is.

use crate::common::{Document, Model, read_all, upsert};
use crate::damage::{Files, collection};
use pleiad_store::testing::{FaultyBackend, Loss, MemoryBackend};
use pleiad_store::{
    Backend, Options, RepairEvent, RepairReport, Store, StoreError, StoreWriter, discard_damaged, repair,
    verify,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn repaired(folder: &MemoryBackend) -> Result<(RepairReport, Vec<RepairEvent>), StoreError> {
    let mut mended = Vec::new();
    let report = repair(folder, Duration::ZERO, &mut |one| mended.push(one))?;
    Ok((report, mended))
}

fn documents(folder: &MemoryBackend) -> BTreeMap<String, Document> {
    read_all(&Store::open(Arc::new(folder.clone())).unwrap().view().unwrap()).unwrap()
}

/// After a repair everything is sound, can be written on, and a second repair finds nothing.
pub(crate) fn check_sound(folder: &MemoryBackend, what: &str) {
    let report = verify(folder, &mut |event| panic_at_finding(event, what)).unwrap();
    assert_eq!((report.num_findings, report.num_orphans), (0, 0), "{what}");
    let (again, _) = repaired(folder).unwrap();
    assert!(again.is_clean(), "{what}: {again:?}");
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    writer.commit(&[upsert("later", 1, 9), upsert("key-1", 2, 9)]).unwrap();
    writer.merge().unwrap();
    writer.close().unwrap();
}

fn panic_at_finding(event: pleiad_store::Event, what: &str) {
    if let pleiad_store::Event::Found(error) = event {
        panic!("{error} after {what}");
    }
}

/// Checks that what is there is what was there, and that every document that is not there is accounted for.
fn check_report(
    folder: &MemoryBackend,
    model: &Model,
    mended: &[RepairEvent],
    report: &RepairReport,
    what: &str,
) {
    let found = documents(folder);
    let lost_batches = mended.iter().any(|one| matches!(one, RepairEvent::LostBatches { .. }));
    let lost_file = mended.iter().any(|one| matches!(one, RepairEvent::LostFile { .. }));
    let mut named = BTreeSet::new();
    for one in mended {
        match one {
            RepairEvent::LostDocument { key: Some(key), .. } => drop(named.insert(key.clone())),
            RepairEvent::LostBatches { keys, .. } => named.extend(keys.iter().cloned()),
            _ => {}
        }
    }
    let unnamed =
        mended.iter().filter(|one| matches!(one, RepairEvent::LostDocument { key: None, .. })).count();
    let missing: Vec<_> = model.documents.keys().filter(|key| !found.contains_key(*key)).collect();
    let excused = |key: &String| named.contains(key) || lost_file || lost_batches;
    let num_unexcused = missing.iter().filter(|key| !excused(key)).count();
    assert!(num_unexcused <= unnamed, "{missing:?} are gone after {what}, told was {mended:?}");
    if !lost_batches {
        assert!(found.iter().all(|(key, document)| model.documents.get(key) == Some(document)), "{what}");
        assert_eq!(found.len() as u64 + report.num_lost_documents, model.documents.len() as u64, "{what}");
    }
    assert_eq!(report.num_documents, found.len() as u64, "{what}");
}

#[test]
fn a_flipped_bit_anywhere_is_put_back() {
    let (files, model) = collection(30, true);
    for (name, bytes) in &files {
        for bit in (0..bytes.len() * 8).step_by(11) {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap()[bit / 8] ^= 1 << (bit % 8);
            let folder = MemoryBackend::with_files(damaged);
            let what = format!("bit {bit} of {name} changed");
            let (report, mended) = repaired(&folder).unwrap_or_else(|error| panic!("{error}: {what}"));
            assert_eq!(documents(&folder), model.documents, "{what}");
            assert_eq!((report.num_restored, mended.len()), (1, 1), "{what}: {mended:?}");
            assert!(
                matches!(&mended[0], RepairEvent::Restored { file, .. } if file == name),
                "{what}: {mended:?}"
            );
            assert_eq!(report.quarantined.len(), usize::from(name != "MANIFEST"), "{what}");
            if bit % 7 == 0 {
                let view = Store::open(Arc::new(folder.clone())).unwrap().view().unwrap();
                assert_eq!(view.asset("codec").unwrap().len(), 230, "{what}");
                check_sound(&folder, &what);
            }
        }
    }
}

/// Damage that no single bit explains.
fn wreck(files: &Files, name: &str, from: usize, num_bytes: usize) -> Files {
    let mut damaged = files.clone();
    let bytes = damaged.get_mut(name).unwrap();
    let end = bytes.len().min(from + num_bytes);
    bytes[from..end].iter_mut().for_each(|byte| *byte ^= 0xa5);
    damaged
}

#[test]
fn what_cannot_be_put_back_is_named_and_the_rest_stays() {
    let (files, model) = collection(70_000, true);
    let (mut num_partly, mut num_whole) = (0, 0);
    for (name, bytes) in files.iter().filter(|(name, _)| *name != "MANIFEST") {
        for from in (0..bytes.len()).step_by(bytes.len() / 13 + 1) {
            let folder = MemoryBackend::with_files(wreck(&files, name, from, 600));
            let what = format!("600 bytes from {from} of {name} changed");
            let (report, mended) = repaired(&folder).unwrap_or_else(|error| panic!("{error}: {what}"));
            assert!(!report.is_clean() && !report.quarantined.is_empty(), "{what}");
            check_report(&folder, &model, &mended, &report, &what);
            num_partly += u64::from((1..3).contains(&report.num_lost_documents));
            num_whole += u64::from(mended.iter().any(|one| matches!(one, RepairEvent::LostFile { .. })));
            check_sound(&folder, &what);
        }
    }
    assert!(num_partly > 5 && num_whole == 0, "{num_partly} {num_whole}");
}

#[test]
fn files_that_are_short_long_or_missing_are_told() {
    let (files, model) = collection(3000, true);
    for (name, bytes) in files.iter().filter(|(name, _)| *name != "MANIFEST") {
        let mut variants: Vec<Option<Vec<u8>>> = vec![None, Some(vec![])];
        variants.extend([1, 2, 3].map(|part| Some(bytes[..bytes.len() * part / 4].to_vec())));
        variants.push(Some([&bytes[..], &[7; 100]].concat()));
        for content in variants {
            let mut damaged = files.clone();
            let what = format!("{name} has {:?} bytes", content.as_ref().map(Vec::len));
            match content {
                Some(content) => drop(damaged.insert(name.clone(), content)),
                None => drop(damaged.remove(name)),
            }
            let folder = MemoryBackend::with_files(damaged);
            let (report, mended) = repaired(&folder).unwrap_or_else(|error| panic!("{error}: {what}"));
            assert!(!mended.is_empty(), "{what}");
            check_report(&folder, &model, &mended, &report, &what);
            check_sound(&folder, &what);
        }
    }
}

#[test]
fn a_batch_that_is_lost_gives_back_what_it_replaced_and_the_next_ones_stay() {
    let folder = MemoryBackend::new();
    Store::create(&folder, crate::common::layout()).unwrap();
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    writer.commit(&[upsert("a", 1, 900), upsert("b", 1, 900)]).unwrap();
    writer.flush().unwrap();
    let starts = |folder: &MemoryBackend| {
        let files = folder.files();
        let (name, bytes) = files.iter().find(|(name, _)| name.starts_with("log")).unwrap();
        (name.clone(), bytes.len())
    };
    writer.commit(&[upsert("a", 2, 900), crate::common::delete("b"), upsert("c", 2, 900)]).unwrap();
    let (log, end) = starts(&folder);
    writer.commit(&[upsert("a", 3, 900), upsert("d", 3, 900)]).unwrap();
    writer.close().unwrap();
    let damaged = MemoryBackend::with_files(wreck(&folder.files(), &log, end - 700, 600));
    let (report, mended) = repaired(&damaged).unwrap();
    assert_eq!((report.num_lost_batches, report.num_lost_documents), (1, 0), "{mended:?}");
    let RepairEvent::LostBatches { keys, .. } = &mended[0] else { panic!("{mended:?}") };
    assert_eq!(keys, &["a", "c"]);
    let found = documents(&damaged);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "b", "d"]);
    let pleiad_store::Operation::Upsert { columns, .. } = upsert("a", 3, 900) else { panic!() };
    assert_eq!(found["a"].1, columns, "the last version, once");
    check_sound(&damaged, "a lost batch");
}

#[test]
fn a_power_cut_during_a_repair_leaves_something_to_repair_or_the_result() {
    let (files, model) = collection(9000, true);
    let segment = files.keys().find(|name| name.starts_with("segment")).unwrap();
    let damaged = wreck(&files, segment, 6000, 3000);
    let folder = FaultyBackend::over(damaged);
    let start = folder.num_events();
    repair(&folder, Duration::ZERO, &mut |_| {}).unwrap();
    let expected = documents(folder.memory());
    for cut in start..=folder.num_events() {
        for loss in [Loss::Nothing, Loss::Everything, Loss::Torn(cut as u64)] {
            let image = folder.image(cut, loss);
            let (report, mended) = repaired(&image).unwrap();
            assert_eq!(documents(&image), expected, "cut {cut}: {mended:?}");
            assert_eq!(report.num_documents, expected.len() as u64);
        }
    }
    assert!(expected.len() < model.documents.len());
}

#[test]
fn nothing_is_written_where_nothing_is_wrong_and_the_damaged_stay_until_told_otherwise() {
    let (files, _) = collection(600, false);
    let folder = MemoryBackend::with_files(files.clone());
    let (report, _) = repaired(&folder).unwrap();
    assert!(report.is_clean());
    let mut after = folder.files();
    after.remove("LOCK");
    assert_eq!(after, files);
    let segment = files.keys().find(|name| name.starts_with("segment")).unwrap();
    let folder = MemoryBackend::with_files(wreck(&files, segment, 200, 600));
    let (report, _) = repaired(&folder).unwrap();
    check_sound(&folder, "a wrecked segment");
    assert_eq!(report.quarantined.len(), 1);
    assert!(folder.list().unwrap().contains(&report.quarantined[0]));
    assert_eq!(discard_damaged(&folder).unwrap(), report.quarantined);
    assert!(!folder.list().unwrap().contains(&report.quarantined[0]));
}

#[test]
fn a_manifest_beyond_repair_and_a_writer_at_work_are_refused() {
    let (files, _) = collection(30, true);
    let folder = MemoryBackend::with_files(wreck(&files, "MANIFEST", 70, 20));
    let error = repaired(&folder).unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { file, .. } if file == "MANIFEST"), "{error}");
    let folder = MemoryBackend::with_files(files);
    let writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    assert!(matches!(repaired(&folder), Err(StoreError::Locked { .. })));
    drop(writer);
    assert!(matches!(repaired(&MemoryBackend::new()), Err(StoreError::NotACollection { .. })));
}

/// Repairs, and expects that nothing is lost.
fn check_nothing_lost(files: Files, model: &Model, what: &str) {
    let folder = MemoryBackend::with_files(files);
    let (report, mended) = repaired(&folder).unwrap_or_else(|error| panic!("{error}: {what}"));
    let num_lost = report.num_lost_documents + report.num_lost_assets + report.num_lost_attachments;
    assert_eq!(num_lost, 0, "{what}: {mended:?}");
    assert!(report.num_restored > 0, "{what}: {mended:?}");
    let view = Store::open(Arc::new(folder.clone())).unwrap().view().unwrap();
    assert_eq!(read_all(&view).unwrap(), model.documents, "{what}");
    check_sound(&folder, what);
}

#[test]
fn a_footer_cut_short_loses_nothing() {
    for text_bytes in [30, 70_000] {
        let (files, model) = collection(text_bytes, true);
        for (name, bytes) in files.iter().filter(|(name, _)| name.contains('-') && !name.starts_with("log")) {
            // Two footers of at least two checksums each.
            let footers = 2 * ((bytes.len() - 16).div_ceil((1 << 16) + 8) * 4 + 4);
            for cut in 1..=footers {
                let mut damaged = files.clone();
                damaged.get_mut(name).unwrap().truncate(bytes.len() - cut);
                check_nothing_lost(damaged, &model, &format!("the last {cut} bytes of {name} are gone"));
            }
        }
    }
}

#[test]
fn the_start_of_a_segment_stands_twice_and_ids_are_made_anew() {
    let (files, model) = collection(70_000, true);
    let segment = files.keys().find(|name| name.starts_with("segment")).unwrap();
    // The header and the table of sections, all of it.
    let mut damaged = files.clone();
    damaged.get_mut(segment).unwrap()[..176].fill(0xff);
    check_nothing_lost(damaged, &model, "header and table");
    // Many rows, whose ids fill whole pieces: nothing but them is damaged.
    let folder = MemoryBackend::new();
    Store::create(&folder, crate::common::layout()).unwrap();
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    let mut large = Model::default();
    let batch: Vec<_> = (0..3000).map(|number| upsert(&format!("key-{number:05}"), number, 40)).collect();
    assert_eq!(writer.commit(&batch).unwrap(), large.commit(&batch));
    writer.flush().unwrap();
    writer.close().unwrap();
    let mut files = folder.files();
    let segment = files.keys().find(|name| name.starts_with("segment")).unwrap().clone();
    files.get_mut(&segment).unwrap()[6 << 10..20 << 10].fill(0x5a);
    let folder = MemoryBackend::with_files(files);
    let (report, mended) = repaired(&folder).unwrap();
    assert_eq!((report.num_lost_documents, report.num_documents), (0, 3000), "{mended:?}");
    let found = documents(&folder);
    let columns = |documents: &BTreeMap<String, Document>| -> BTreeMap<String, Vec<Vec<u8>>> {
        documents.iter().map(|(key, document)| (key.clone(), document.1.clone())).collect()
    };
    assert_eq!(columns(&found), columns(&large.documents));
    let ids: BTreeSet<u64> = found.values().map(|document| document.0).collect();
    assert_eq!(ids.len(), 3000, "each document has an id of its own");
    check_sound(&folder, "lost ids");
}

#[test]
fn an_asset_is_kept_twice_and_documents_stay_readable_without_it() {
    let (files, model) = collection(600, true);
    let large = |name: &&String| name.starts_with("asset") && files[*name].len() > 1000;
    let copies: Vec<&String> = files.keys().filter(large).collect();
    assert_eq!(copies.len(), 2);
    for damages in [vec![copies[0]], vec![copies[1]], copies.clone()] {
        for is_missing in [false, true] {
            let mut damaged = files.clone();
            for name in &damages {
                match is_missing {
                    true => drop(damaged.remove(*name)),
                    false => damaged.get_mut(*name).unwrap()[100..].fill(0xee),
                }
            }
            let folder = MemoryBackend::with_files(damaged.clone());
            let view = Store::open(Arc::new(folder.clone())).unwrap().view().unwrap();
            assert_eq!(read_all(&view).unwrap(), model.documents);
            let read = view.asset("codec").unwrap().bytes().map(<[u8]>::to_vec);
            if damages.len() == 1 {
                assert_eq!(read.unwrap(), model.assets["codec"]);
                check_nothing_lost(damaged, &model, "one copy of an asset");
                continue;
            }
            assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
            let (report, mended) = repaired(&folder).unwrap();
            assert_eq!((report.num_lost_assets, report.num_lost_documents), (1, 0), "{mended:?}");
            assert_eq!(documents(&folder), model.documents);
        }
    }
}
