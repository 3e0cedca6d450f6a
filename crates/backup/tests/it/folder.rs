use crate::support::{create, read, there_and_back, upsert};
use pleiad_backup::{BackupError, Check, FolderDestination, backup, keep_last, restore};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn what_is_copied_comes_back_and_the_second_time_only_what_is_new_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    there_and_back(&FolderDestination::new(folder.path().join("a/b/backups")), folder.path());
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
    let place = FolderDestination::new(&kept);
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000), upsert("b", 1, 100)]).unwrap();
    writer.flush().unwrap();
    writer.commit(&[upsert("b", 2, 100)]).unwrap();
    drop(writer);
    backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
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
    let place = FolderDestination::new(folder.path().join("backups"));
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000)]).unwrap();
    backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
    let error = restore(&place, None, &path, true, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, BackupError::Locked { .. }), "{error}");
    writer.merge().unwrap();
    drop(writer);
    let segment = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
    let segment = segment.into_iter().find(|path| path.to_string_lossy().contains("segment-")).unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[500] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let error = backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, BackupError::Store(_)), "{error}");
    restore(&place, None, &path, true, &mut |_, _| {}).unwrap();
    assert_eq!(read(&path).len(), 1);
}

#[test]
fn one_damaged_file_of_an_asset_is_told_and_both_are_copied_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collection");
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000)]).unwrap();
    writer.set_assets(&[("codec", Some(vec![7; 5000]))]).unwrap();
    drop(writer);
    let assets = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
    let mut assets: Vec<PathBuf> = assets.filter(|path| path.to_string_lossy().contains("asset-")).collect();
    assets.sort();
    assert_eq!(assets.len(), 2);
    let good = assets.iter().map(|asset| fs::read(asset).unwrap()).collect::<Vec<_>>();
    let damages: [fn(&Path, &[u8]); 4] = [
        |file, bytes| fs::write(file, [&bytes[..700], &[9; 50], &bytes[750..]].concat()).unwrap(),
        |file, bytes| fs::write(file, &bytes[..bytes.len() - 3]).unwrap(),
        |file, _| fs::write(file, []).unwrap(),
        |file, _| fs::remove_file(file).unwrap(),
    ];
    for (at, damage) in damages.iter().enumerate() {
        for (asset, bytes) in assets.iter().zip(&good) {
            let name = asset.file_name().unwrap().to_str().unwrap();
            let kept = folder.path().join(format!("backups-{at}-{name}"));
            damage(asset, bytes);
            let place = FolderDestination::new(&kept);
            let done = backup(&path, &place, Check::All, &mut |_, _| {}).unwrap();
            assert_eq!(done.made_again, [name]);
            let to = folder.path().join(format!("back-{at}-{name}"));
            restore(&place, None, &to, false, &mut |_, _| {}).unwrap();
            for (asset, bytes) in assets.iter().zip(&good) {
                assert!(fs::read(to.join(asset.file_name().unwrap())).unwrap() == *bytes);
            }
            fs::write(asset, bytes).unwrap();
        }
    }
    assert!(
        backup(&path, &FolderDestination::new(folder.path().join("b")), Check::All, &mut |_, _| {})
            .unwrap()
            .made_again
            .is_empty()
    );
    // Nothing is made of two damaged ones.
    assets.iter().for_each(|asset| fs::write(asset, b"gone").unwrap());
    let place = FolderDestination::new(folder.path().join("c"));
    let error = backup(&path, &place, Check::All, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, BackupError::Store(_)), "{error}");
}

#[test]
fn an_interrupted_backup_is_none_and_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kept) = (folder.path().join("collection"), folder.path().join("backups"));
    let place = FolderDestination::new(&kept);
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000)]).unwrap();
    writer.flush().unwrap();
    backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
    // What a kill leaves: an unfinished object, a whole one without catalogue.
    fs::write(kept.join("objects/segment-9-5-00000000.part"), b"half").unwrap();
    fs::write(kept.join("objects/segment-8-5-00000000"), b"whole").unwrap();
    let again = backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
    assert_eq!((again.backup.number, again.num_new_files), (2, 0));
    assert_eq!(keep_last(&place, 5).unwrap().num_files, 1);
    restore(&place, Some(1), &folder.path().join("back"), false, &mut |_, _| {}).unwrap();
}

#[test]
fn backups_beside_a_writer_are_each_one_of_its_states() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collection");
    let place = FolderDestination::new(folder.path().join("backups"));
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
            let done = backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
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

/// The objects of a place, but for the manifests, which every backup writes anew.
fn objects(kept: &Path) -> Vec<PathBuf> {
    let mut objects = files(kept);
    objects.retain(|path| path.parent().unwrap().ends_with("objects"));
    objects.retain(|path| !path.file_name().unwrap().to_str().unwrap().starts_with("MANIFEST"));
    objects
}

#[test]
fn a_rotten_object_is_copied_anew_and_then_everything_can_be_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kept) = (folder.path().join("collection"), folder.path().join("backups"));
    let place = FolderDestination::new(&kept);
    let mut writer = create(&path);
    for round in 0..4 {
        writer.commit(&[upsert(&format!("key-{round}"), round, 1000)]).unwrap();
        writer.flush().unwrap();
    }
    writer.set_assets(&[("codec", Some(vec![7; 500]))]).unwrap();
    drop(writer);
    backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
    let state = read(&path);
    let damages: [fn(&mut Vec<u8>); 4] =
        [|bytes| bytes[0] ^= 1, |bytes| bytes.truncate(3), |bytes| bytes.push(0), |bytes| bytes.fill(0)];
    for (at, object) in objects(&kept).iter().enumerate() {
        let mut bytes = fs::read(object).unwrap();
        damages[at % damages.len()](&mut bytes);
        fs::write(object, bytes).unwrap();
        let error = restore(&place, None, &folder.path().join("x"), false, &mut |_, _| {}).unwrap_err();
        assert!(error.to_string().contains("checks all of its objects"), "{error}");
        // The advice is good.
        let done = backup(&path, &place, Check::All, &mut |_, _| {}).unwrap();
        assert_eq!(done.replaced, [object.file_name().unwrap().to_str().unwrap()]);
        for number in [1, done.backup.number] {
            let to = folder.path().join(format!("back-{at}-{number}"));
            restore(&place, Some(number), &to, false, &mut |_, _| {}).unwrap();
            assert_eq!(read(&to), state);
        }
    }
    // Without the request a damaged object is found within eight backups.
    for object in objects(&kept) {
        let mut bytes = fs::read(&object).unwrap();
        bytes[0] ^= 1;
        fs::write(&object, bytes).unwrap();
    }
    let num_damaged = objects(&kept).len();
    let replaced: usize =
        (0..8).map(|_| backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap().replaced.len()).sum();
    assert_eq!(replaced, num_damaged);
}

#[test]
#[cfg(unix)]
fn pipes_devices_folders_and_endless_objects_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (path, kept) = (folder.path().join("collection"), folder.path().join("backups"));
    let place = FolderDestination::new(&kept);
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000)]).unwrap();
    drop(writer);
    backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
    let replacements: [fn(&Path); 4] = [
        |path| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success()),
        |path| std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
        |path| fs::create_dir(path).unwrap(),
        |path| fs::File::create(path).unwrap().set_len(1 << 40).unwrap(),
    ];
    for file in files(&kept) {
        let good = fs::read(&file).unwrap();
        for (at, replace) in replacements.iter().enumerate() {
            // A catalogue is read as a whole; that one may not be endless is a limit of its own.
            if at == 3 && file.parent().unwrap().ends_with("backups") {
                continue;
            }
            fs::remove_file(&file).unwrap();
            replace(&file);
            let error = restore(&place, None, &folder.path().join("x"), false, &mut |_, _| {}).unwrap_err();
            let name = file.file_name().unwrap().to_str().unwrap();
            let is_named = error.to_string().contains(name);
            assert!(is_named && matches!(error, BackupError::Damaged { .. }), "{at}: {error}");
            if file.is_dir() {
                fs::remove_dir(&file).unwrap();
            } else {
                fs::remove_file(&file).unwrap();
            }
            fs::write(&file, &good).unwrap();
        }
    }
}

#[test]
fn a_folder_that_no_restore_made_is_never_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, staging) = (folder.path().join("collection"), folder.path().join("back.restoring"));
    let place = FolderDestination::new(folder.path().join("backups"));
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000)]).unwrap();
    drop(writer);
    backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
    let to = folder.path().join("back");
    let restore = || restore(&place, None, &to, false, &mut |_, _| {});
    // Somebody's folder, empty or not; a file; a link; the whole collection that a power cut at the last step left.
    fs::create_dir(&staging).unwrap();
    assert!(matches!(restore(), Err(BackupError::InTheWay { .. })));
    fs::write(staging.join("thesis.txt"), b"years of work").unwrap();
    assert!(matches!(restore(), Err(BackupError::InTheWay { .. })));
    assert_eq!(fs::read(staging.join("thesis.txt")).unwrap(), b"years of work");
    fs::remove_dir_all(&staging).unwrap();
    fs::write(&staging, b"a file").unwrap();
    assert!(matches!(restore(), Err(BackupError::InTheWay { .. })));
    fs::remove_file(&staging).unwrap();
    drop(create(&staging));
    let error = restore().unwrap_err();
    assert!(matches!(error, BackupError::InTheWay { .. }), "{error}");
    assert!(read(&staging).is_empty() && !to.exists());
    fs::remove_dir_all(&staging).unwrap();
    // What an interrupted restore left is its own.
    fs::create_dir(&staging).unwrap();
    fs::write(staging.join("RESTORING"), b"").unwrap();
    fs::write(staging.join("segment-7"), b"half").unwrap();
    restore().unwrap();
    assert_eq!(read(&to), read(&path));
    assert!(!staging.exists() && !to.join("RESTORING").exists() && !to.join("segment-7").exists());
}

#[test]
fn of_two_restores_at_once_one_says_that_the_other_is_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collection");
    let place = FolderDestination::new(folder.path().join("backups"));
    let mut writer = create(&path);
    writer.commit(&[upsert("a", 1, 1000)]).unwrap();
    drop(writer);
    backup(&path, &place, Check::Share, &mut |_, _| {}).unwrap();
    let to = folder.path().join("back");
    let mut inner = None;
    restore(&place, None, &to, false, &mut |_, _| {
        if inner.is_none() {
            inner = Some(restore(&place, None, &to, false, &mut |_, _| {}));
        }
    })
    .unwrap();
    let error = inner.unwrap().unwrap_err();
    let own = std::process::id();
    assert!(matches!(error, BackupError::Restoring { holder: Some(holder), .. } if holder == own), "{error}");
    assert_eq!(read(&to), read(&path));
}
