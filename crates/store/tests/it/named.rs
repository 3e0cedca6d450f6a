//! Named snapshots, and copies of a state as files.

use crate::common::{Model, check, check_sound, delete, layout, read_all, upsert};
use pleiad_store::testing::{FaultyBackend, Loss, MemoryBackend};
use pleiad_store::{
    Backend, Options, PinnedState, RepairEvent, Store, StoreError, StoreWriter, View, pin, repair, snapshots,
    verify,
};
use std::sync::Arc;
use std::time::Duration;

fn options() -> Options {
    Options { flush_bytes: 1 << 20, flush_batches: 3, ..Options::default() }
}

fn open(backend: &(impl Backend + Clone + 'static)) -> StoreWriter {
    StoreWriter::open(Arc::new(backend.clone()), options()).unwrap()
}

fn named(backend: &(impl Backend + Clone + 'static), name: &str) -> pleiad_store::Result<View> {
    Store::open(Arc::new(backend.clone()))?.named_view(name)
}

/// Writes some rounds; the model follows.
fn write(writer: &mut StoreWriter, model: &mut Model, rounds: std::ops::Range<u32>) {
    for round in rounds {
        let documents = (0..3).map(|i| upsert(&format!("key-{}", (round + i * 2) % 7), round, 300));
        let batch: Vec<_> = documents.chain([delete(&format!("key-{}", round % 5))]).collect();
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
    }
}

#[test]
fn a_snapshot_stays_whatever_is_written_until_it_is_dropped() {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder), Model::default());
    write(&mut writer, &mut model, 0..5);
    writer.name_snapshot("first").unwrap();
    let first = model.clone();
    write(&mut writer, &mut model, 5..20);
    writer.merge().unwrap();
    writer.name_snapshot("second.2").unwrap();
    let second = model.clone();
    write(&mut writer, &mut model, 20..25);
    writer.merge().unwrap();
    check(&named(&folder, "first").unwrap(), &first);
    check(&named(&folder, "second.2").unwrap(), &second);
    check(&writer.view(), &model);
    let report = verify(&folder, &mut |event| drop(event)).unwrap();
    assert_eq!((report.num_findings, report.num_orphans), (0, 0));
    let listed = snapshots(&folder).unwrap();
    assert_eq!(listed.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["first", "second.2"]);
    assert_eq!(listed[0].num_documents, first.documents.len() as u64);
    // A new writer keeps them too.
    writer.close().unwrap();
    let mut writer = open(&folder);
    let (held, num_files) = (named(&folder, "first").unwrap(), folder.list().unwrap().len());
    writer.drop_snapshot("first").unwrap();
    assert!(folder.list().unwrap().len() < num_files - 1, "its files are gone");
    check(&held, &first);
    assert!(matches!(named(&folder, "first"), Err(StoreError::NoSnapshot { .. })));
    check(&named(&folder, "second.2").unwrap(), &second);
    check(&writer.view(), &model);
}

#[test]
fn names_are_checked() {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let mut writer = open(&folder);
    for name in ["", "a/b", "..\\x", "a b", "ä", "x.new", &"x".repeat(65)] {
        assert!(matches!(writer.name_snapshot(name), Err(StoreError::SnapshotName { .. })), "{name:?}");
    }
    writer.name_snapshot("one").unwrap();
    assert!(matches!(writer.name_snapshot("one"), Err(StoreError::SnapshotExists { .. })));
    assert!(matches!(writer.drop_snapshot("two"), Err(StoreError::NoSnapshot { .. })));
    writer.commit(&[upsert("still usable", 1, 1)]).unwrap();
}

#[test]
fn a_power_cut_leaves_a_snapshot_whole_or_absent() {
    let folder = FaultyBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder), Model::default());
    write(&mut writer, &mut model, 0..5);
    let start = folder.num_events();
    writer.name_snapshot("kept").unwrap();
    let (named_at, at_snapshot) = (folder.num_events(), model.clone());
    write(&mut writer, &mut model, 5..9);
    writer.merge().unwrap();
    let dropped_from = folder.num_events();
    writer.drop_snapshot("kept").unwrap();
    for cut in start..=folder.num_events() {
        for loss in [Loss::Nothing, Loss::Everything, Loss::Torn(cut as u64), Loss::Torn(!cut as u64)] {
            let image = folder.image(cut, loss);
            let report = verify(&image, &mut |event| drop(event)).unwrap();
            assert_eq!(report.num_findings, 0, "cut {cut}");
            drop(open(&image));
            match named(&image, "kept") {
                Ok(view) => check(&view, &at_snapshot),
                Err(StoreError::NoSnapshot { .. }) => {
                    assert!(cut < named_at || cut > dropped_from, "cut {cut}");
                }
                Err(error) => panic!("{error} at cut {cut}"),
            };
        }
    }
}

#[test]
fn damage_in_what_only_a_snapshot_keeps_is_found_and_leaves_the_collection_alone() {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder), Model::default());
    write(&mut writer, &mut model, 0..3);
    writer.name_snapshot("old").unwrap();
    write(&mut writer, &mut model, 3..6);
    writer.merge().unwrap();
    writer.close().unwrap();
    let files = folder.files();
    let old = files.keys().find(|name| name.starts_with("segment")).unwrap();
    for name in [old.as_str(), "snapshot-old"] {
        let mut damaged = files.clone();
        let bytes = damaged.get_mut(name).unwrap();
        let end = bytes.len() - 20;
        bytes[100..end].fill(0x5a);
        let damaged = MemoryBackend::with_files(damaged);
        let mut found = Vec::new();
        let report = verify(&damaged, &mut |event| {
            if let pleiad_store::Event::Found(error) = event {
                found.push(error.to_string());
            }
        });
        assert_eq!(report.unwrap().num_findings, 1);
        assert!(found[0].contains(name), "{found:?}");
        let mut mended = Vec::new();
        let report = repair(&damaged, Duration::ZERO, &mut |one| mended.push(one)).unwrap();
        assert!(
            matches!(&mended[..], [RepairEvent::DamagedSnapshot { name, .. }] if name == "old"),
            "{mended:?}"
        );
        assert_eq!(report.num_documents, model.documents.len() as u64);
        let mut writer = open(&damaged);
        check(&writer.view(), &model);
        writer.drop_snapshot("old").unwrap();
        drop(writer);
        assert!(repair(&damaged, Duration::ZERO, &mut |one| panic!("{one}")).unwrap().is_clean());
    }
}

#[test]
fn a_bit_that_is_put_back_is_put_back_for_everybody_who_names_the_file() {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder), Model::default());
    write(&mut writer, &mut model, 0..3);
    model.set_assets(&mut writer, &[("codec".into(), Some(vec![7; 99]))]);
    model.attach(&mut writer, 0, "graph", Some(&[1; 300]));
    writer.name_snapshot("shares all").unwrap_err();
    writer.name_snapshot("shares-all").unwrap();
    let shared = model.clone();
    write(&mut writer, &mut model, 3..5);
    writer.flush().unwrap();
    model.set_assets(&mut writer, &[("codec".into(), None)]);
    writer.close().unwrap();
    let files = folder.files();
    for (name, bytes) in files.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        for at in (0..bytes.len()).step_by(41) {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap()[at] ^= 0x10;
            let damaged = MemoryBackend::with_files(damaged);
            let report = repair(&damaged, Duration::ZERO, &mut |_| {}).unwrap();
            assert_eq!((report.num_restored, report.num_damaged_snapshots), (1, 0), "byte {at} of {name}");
            check(&named(&damaged, "shares-all").unwrap(), &shared);
            check(&Store::open(Arc::new(damaged.clone())).unwrap().view().unwrap(), &model);
            check_sound(&damaged);
            // What was there is kept under another name.
            let kept = report.quarantined.iter().find(|kept| kept.ends_with(name.as_str()));
            assert!(kept.is_some() || name == "MANIFEST", "{name}: {:?}", report.quarantined);
        }
    }
}

/// The files of a state as a collection of their own.
fn copy(state: &PinnedState) -> MemoryBackend {
    MemoryBackend::with_files(state.files.iter().map(|file| (file.name.clone(), file.bytes.to_vec())))
}

#[test]
fn a_pinned_state_is_a_collection_and_unchanged_files_keep_their_names() {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let (mut writer, mut model) = (open(&folder), Model::default());
    let empty = pin(&folder).unwrap();
    check(&Store::open(Arc::new(copy(&empty))).unwrap().view().unwrap(), &model);
    write(&mut writer, &mut model, 0..5);
    writer.set_assets(&[("codec", Some(vec![7; 99]))]).unwrap();
    let (first, first_model) = (pin(&folder).unwrap(), model.clone());
    write(&mut writer, &mut model, 5..6);
    let second = pin(&folder).unwrap();
    writer.merge().unwrap();
    drop(writer);
    for (state, model) in [(&first, &first_model), (&second, &model)] {
        let copied = copy(state);
        let view = Store::open(Arc::new(copied.clone())).unwrap().view().unwrap();
        assert_eq!(read_all(&view).unwrap(), model.documents);
        assert_eq!((state.sequence, state.num_documents), (model.sequence, model.documents.len() as u64));
        assert_eq!(view.asset("codec").unwrap().bytes().unwrap(), [7; 99]);
        assert_eq!(verify(&copied, &mut |event| drop(event)).unwrap().num_findings, 0);
        open(&copied).merge().unwrap();
    }
    let objects =
        |state: &PinnedState| state.files.iter().filter_map(|file| file.object.clone()).collect::<Vec<_>>();
    let same = objects(&second).iter().filter(|name| objects(&first).contains(name)).count();
    assert!(same >= 2, "the segment and the asset: {:?} {:?}", objects(&first), objects(&second));
}

#[test]
fn damage_does_not_reach_a_copy() {
    let (files, _) = crate::damage::collection(600, true);
    for (name, bytes) in &files {
        for at in (0..bytes.len()).step_by(97) {
            let mut damaged = files.clone();
            damaged.get_mut(name).unwrap()[at] ^= 0x40;
            let pinned = pin(&MemoryBackend::with_files(damaged));
            if name.starts_with("asset") {
                // Another file holds the same.
                let state = pinned.unwrap();
                assert_eq!(state.made_again, [name.as_str()]);
                let copied = copy(&state).files();
                assert!(files.iter().all(|(name, bytes)| name == "MANIFEST" || copied[name] == *bytes));
                continue;
            }
            let Err(error) = pinned else { panic!("byte {at} of {name} changed, and was copied") };
            let is_named = error.to_string().contains(name.as_str());
            assert!(is_named || name == "MANIFEST", "{error} after byte {at} of {name} changed");
        }
    }
}
