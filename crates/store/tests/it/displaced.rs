//! The folder of a writer is moved, removed, replaced or entered by another writer: nothing there is overwritten, and
//! nothing is acknowledged that is not in the collection at the path.

use crate::common::{Model, check, check_sound, delete, layout, upsert};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{Backend, FolderBackend, MergeChoice, Options, Store, StoreError, StoreWriter};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn options() -> Options {
    Options { flush_batches: 3, ..Options::default() }
}

fn open(backend: &(impl Backend + Clone + 'static)) -> StoreWriter {
    StoreWriter::open(Arc::new(backend.clone()), options()).unwrap()
}

/// A change that another program makes under a writer, in memory.
#[derive(Debug, Clone, Copy)]
enum Intrusion {
    /// `rm LOCK`, and a second writer enters.
    RemoveLock,
    /// `mv`, and a new collection is made at the path.
    Replace,
    /// `rm -r`.
    RemoveAll,
    /// An older manifest is copied over the present one.
    OldManifest,
    /// The manifest is damaged.
    WreckManifest,
    /// The manifest is removed.
    RemoveManifest,
}

/// One act of a writer.
#[derive(Debug, Clone, Copy)]
enum Act {
    Commit,
    Unsynced,
    Sync,
    Flush,
    Merge,
    Asset,
    Attach,
    Snapshot,
    DropSnapshot,
    Close,
}

fn intrude(folder: &MemoryBackend, how: Intrusion, old_manifest: &[u8]) {
    let remove = |file: &str| folder.remove(file).unwrap();
    match how {
        Intrusion::RemoveLock => remove("LOCK"),
        Intrusion::Replace | Intrusion::RemoveAll => {
            folder.list().unwrap().iter().for_each(|file| remove(file));
        }
        Intrusion::OldManifest => folder.create("MANIFEST").unwrap().write(old_manifest).unwrap(),
        Intrusion::WreckManifest => folder.create("MANIFEST").unwrap().write(b"not ours").unwrap(),
        Intrusion::RemoveManifest => remove("MANIFEST"),
    }
    match how {
        Intrusion::RemoveLock => {
            let mut second = open(folder);
            second.commit(&[upsert("second", 1, 50)]).unwrap();
            second.merge().unwrap();
            second.commit(&[upsert("second-2", 1, 50)]).unwrap();
        }
        Intrusion::Replace => {
            Store::create(folder, layout()).unwrap();
            let mut second = open(folder);
            for round in 0..5 {
                second.commit(&[upsert(&format!("other-{round}"), 1, 50)]).unwrap();
            }
            second.merge().unwrap();
            second.close().unwrap();
        }
        _ => {}
    }
}

fn act(writer: StoreWriter, act: Act) -> Result<(), StoreError> {
    let mut writer = writer;
    let part = writer.view().parts()[0].part_id();
    match act {
        Act::Commit => writer.commit(&[upsert("late", 1, 50)]).map(drop),
        Act::Unsynced => {
            let batch = [upsert("late", 1, 50)];
            writer.commit_group(&[&batch], false).into_iter().try_for_each(|outcome| outcome.map(drop))
        }
        Act::Sync => writer.sync(),
        Act::Flush => writer.flush(),
        Act::Merge => {
            let merged = writer.merge_job(MergeChoice::All, u64::MAX).unwrap().run()?;
            writer.install(merged).map(drop)
        }
        Act::Asset => writer.set_assets(&[("a", Some(vec![1; 10]))]),
        Act::Attach => writer.attach(part, "a", b"x"),
        Act::Snapshot => writer.name_snapshot("late"),
        Act::DropSnapshot => writer.drop_snapshot("kept"),
        Act::Close => writer.close(),
    }
}

/// A collection with two segments, a snapshot and a log, its writer, and an older manifest of it.
fn held() -> (MemoryBackend, StoreWriter, Vec<u8>) {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let mut writer = open(&folder);
    writer.commit(&[upsert("a", 1, 100), upsert("b", 1, 100)]).unwrap();
    writer.name_snapshot("kept").unwrap();
    let old_manifest = folder.files()["MANIFEST"].clone();
    writer.commit(&[upsert("b", 2, 100), upsert("c", 2, 100)]).unwrap();
    writer.flush().unwrap();
    writer.commit(&[upsert("d", 3, 100), delete("a")]).unwrap();
    (folder, writer, old_manifest)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn whatever_was_done_to_the_folder_nothing_there_is_overwritten(
        how in prop_oneof![
            Just(Intrusion::RemoveLock), Just(Intrusion::Replace), Just(Intrusion::RemoveAll),
            Just(Intrusion::OldManifest), Just(Intrusion::WreckManifest), Just(Intrusion::RemoveManifest),
        ],
        first in prop_oneof![
            Just(Act::Commit), Just(Act::Unsynced), Just(Act::Sync), Just(Act::Flush), Just(Act::Merge), Just(Act::Asset),
            Just(Act::Attach), Just(Act::Snapshot), Just(Act::DropSnapshot), Just(Act::Close),
        ],
    ) {
        let (folder, writer, old_manifest) = held();
        intrude(&folder, how, &old_manifest);
        let left = folder.files();
        let error = act(writer, first).expect_err("it goes on in a folder that is not its own");
        let is_told = matches!(error, StoreError::Displaced { .. } | StoreError::Io { .. });
        prop_assert!(is_told, "{how:?}, {first:?}: {error}");
        let mut now = folder.files();
        // Files of its own, under names that nobody has, do no harm where the folder is still its own.
        now.retain(|name, _| left.contains_key(name));
        prop_assert_eq!(&now, &left, "{:?}, {:?} changed something", how, first);
        if matches!(how, Intrusion::RemoveLock | Intrusion::Replace) {
            prop_assert!(check_sound(&folder).num_documents >= 5);
        }
    }
}

/// The collection of a writer, and what is made of its folder.
fn displace(path: &Path, how: &str) {
    let aside = path.with_extension("old");
    match how {
        "mv" => fs::rename(path, &aside).unwrap(),
        "rm -r" => fs::remove_dir_all(path).unwrap(),
        "rm LOCK" => fs::remove_file(path.join("LOCK")).unwrap(),
        "mv and a link" => {
            fs::rename(path, &aside).unwrap();
            let other = path.with_extension("other");
            fs::create_dir(&other).unwrap();
            #[cfg(unix)]
            std::os::unix::fs::symlink(&other, path).unwrap();
        }
        "a file" => {
            fs::rename(path, &aside).unwrap();
            fs::write(path, b"a file").unwrap();
        }
        other => panic!("{other}"),
    }
}

#[test]
#[cfg(unix)]
fn a_folder_on_disk_that_is_displaced_is_left_alone() {
    for how in ["mv", "rm -r", "rm LOCK", "mv and a link", "a file"] {
        for is_taken in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("c");
            let backend = FolderBackend::new(&path);
            Store::create(&backend, layout()).unwrap();
            let (mut writer, mut model) = (open(&backend), Model::default());
            for round in 0..8 {
                let batch = [upsert(&format!("key-{round}"), round, 200)];
                assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
            }
            displace(&path, how);
            let mut other = Model::default();
            if is_taken && how != "a file" {
                if how == "rm LOCK" {
                    other = model.clone();
                } else {
                    Store::create(&backend, layout()).unwrap();
                }
                let mut second = open(&backend);
                for round in 0..8 {
                    let batch = [upsert(&format!("other-{round}"), round, 200)];
                    assert_eq!(second.commit(&batch).unwrap(), other.commit(&batch));
                }
                second.close().unwrap();
            }
            let error = writer.commit(&[upsert("late", 1, 9)]).unwrap_err();
            assert!(matches!(error, StoreError::Displaced { .. }), "{how}: {error}");
            assert!(matches!(writer.flush(), Err(StoreError::Poisoned { .. })), "{how}");
            drop(writer);
            if is_taken && how != "a file" {
                check(&Store::open(Arc::new(backend.clone())).unwrap().view().unwrap(), &other);
                check_sound(&backend);
            }
            // What was acknowledged is in the folder that was moved.
            let aside = FolderBackend::new(path.with_extension("old"));
            if aside.path().is_dir() {
                check(&Store::open(Arc::new(aside)).unwrap().view().unwrap(), &model);
            }
        }
    }
}

#[test]
fn a_writer_waits_for_the_lock_and_says_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let backend = FolderBackend::new(folder.path().join("c"));
    Store::create(&backend, layout()).unwrap();
    let first = open(&backend);
    let error = StoreWriter::open(Arc::new(backend.clone()), options()).err().unwrap();
    let process = std::process::id();
    assert!(matches!(error, StoreError::Locked { holder: Some(holder), .. } if holder == process), "{error}");
    assert!(error.to_string().contains("being written by another writer of this process"), "{error}");
    let waiting = std::thread::spawn({
        let patient = Options { lock_wait: std::time::Duration::from_secs(600), ..options() };
        move || StoreWriter::open(Arc::new(backend), patient).map(drop)
    });
    std::thread::sleep(std::time::Duration::from_millis(30));
    assert!(!waiting.is_finished(), "it cannot have the lock");
    drop(first);
    waiting.join().unwrap().unwrap();
}

#[test]
fn of_many_creations_at_once_one_makes_the_collection_and_the_others_find_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep").join("c");
    let create = |_| {
        let path = path.clone();
        std::thread::spawn(move || Store::create(&FolderBackend::new(path), layout()))
    };
    let threads: Vec<_> = (0..8).map(create).collect();
    let outcomes: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(outcome, StoreError::Exists { .. }), "{outcome}");
    }
}
