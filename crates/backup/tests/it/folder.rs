use crate::support::{create, read, there_and_back, upsert};
use pleiad_backup::{BackupError, FolderPlace, backup, keep_last, restore};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn what_is_copied_comes_back_and_the_second_time_only_what_is_new_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    there_and_back(&FolderPlace::new(folder.path().join("a/b/backups")), folder.path());
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = ["backups", "objects"]
        .iter()
        .flat_map(|name| fs::read_dir(folder.join(name)).unwrap().map(|entry| entry.unwrap().path()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_damaged_backup_is_refused_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kept) = (folder.path().join("collection"), folder.path().join("backups"));
    let place = FolderPlace::new(&kept);
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000), upsert("b", 1, 100)]).unwrap();
    writer.flush().unwrap();
    writer.commit(&[upsert("b", 2, 100)]).unwrap();
    drop(writer);
    backup(&path, &place, &mut |_, _| {}).unwrap();
    let state = read(&path);
    let damages: [fn(&Path, &[u8]); 3] = [
        |file, bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 2;
            fs::write(file, bytes).unwrap();
        },
        |file, bytes| fs::write(file, &bytes[..bytes.len() - 1]).unwrap(),
        |file, _| fs::remove_file(file).unwrap(),
    ];
    for file in files(&kept) {
        let good = fs::read(&file).unwrap();
        for damage in damages {
            damage(&file, &good);
            let error = restore(&place, None, &path, true, &mut |_, _| {}).unwrap_err();
            let is_named = error.to_string().contains(file.file_name().unwrap().to_str().unwrap());
            assert!(is_named || matches!(error, BackupError::NoBackup { .. }), "{error}: {file:?}");
            assert_eq!(read(&path), state);
            assert!(!folder.path().join("collection.restoring").exists());
        }
        fs::write(&file, good).unwrap();
    }
    restore(&place, None, &path, true, &mut |_, _| {}).unwrap();
    assert_eq!(read(&path), state);
}

#[test]
fn a_damaged_collection_is_not_copied_and_one_that_is_written_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collection");
    let place = FolderPlace::new(folder.path().join("backups"));
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000)]).unwrap();
    backup(&path, &place, &mut |_, _| {}).unwrap();
    let error = restore(&place, None, &path, true, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, BackupError::Locked { .. }), "{error}");
    writer.merge().unwrap();
    drop(writer);
    let segment = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
    let segment = segment.into_iter().find(|path| path.to_string_lossy().contains("segment-")).unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[500] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let error = backup(&path, &place, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, BackupError::Store(_)), "{error}");
    restore(&place, None, &path, true, &mut |_, _| {}).unwrap();
    assert_eq!(read(&path).len(), 1);
}

#[test]
fn an_interrupted_backup_is_none_and_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kept) = (folder.path().join("collection"), folder.path().join("backups"));
    let place = FolderPlace::new(&kept);
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000)]).unwrap();
    writer.flush().unwrap();
    backup(&path, &place, &mut |_, _| {}).unwrap();
    // What a kill leaves: an unfinished object, a whole one without catalogue.
    fs::write(kept.join("objects/segment-9-5-00000000.part"), b"half").unwrap();
    fs::write(kept.join("objects/segment-8-5-00000000"), b"whole").unwrap();
    let again = backup(&path, &place, &mut |_, _| {}).unwrap();
    assert_eq!((again.backup.number, again.num_new_files), (2, 0));
    assert_eq!(keep_last(&place, 5).unwrap().num_files, 1);
    restore(&place, Some(1), &folder.path().join("back"), false, &mut |_, _| {}).unwrap();
}

#[test]
fn backups_beside_a_writer_are_each_one_of_its_states() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collection");
    let place = FolderPlace::new(folder.path().join("backups"));
    let mut writer = create(&path);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in (0u8..=255).cycle() {
                // Each batch writes both: a state that has two versions is none.
                writer.commit(&[upsert("a", round, 3000), upsert("b", round, 2000)]).unwrap();
                if round % 5 == 0 {
                    writer.merge().unwrap();
                }
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        for number in 1..=12 {
            let done = backup(&path, &place, &mut |_, _| {}).unwrap();
            assert_eq!(done.backup.number, number);
        }
        stop.store(true, Ordering::Relaxed);
    });
    for number in 1..=12 {
        let to = folder.path().join(format!("back-{number}"));
        restore(&place, Some(number), &to, false, &mut |_, _| {}).unwrap();
        let found = read(&to);
        let versions: Vec<u8> = found.values().map(|text| text[0]).collect();
        assert!(found.is_empty() || found.len() == 2 && versions[0] == versions[1], "{versions:?}");
    }
}
