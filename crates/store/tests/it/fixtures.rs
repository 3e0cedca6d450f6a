//! Collections of every format version, which must open for ever.

use crate::common::{Model, check, delete, layout, upsert};
use crate::crash::{losses, survive};
use pleiad_store::testing::{FaultyBackend, MemoryBackend};
use pleiad_store::{Event, Options, Store, StoreError, StoreWriter, Upgraded, repair, upgrade, verify};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(version)
}

fn files(version: &str) -> BTreeMap<String, Vec<u8>> {
    let entries =
        std::fs::read_dir(folder(version)).unwrap_or_else(|error| panic!("fixture {version}: {error}"));
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())
        })
        .collect()
}

/// Two segments, rows deleted by the log and before it, and a log that was closed; from version 2 on, assets and
/// attachments too.
fn history(version: u32) -> (MemoryBackend, Model) {
    let folder = MemoryBackend::new();
    Store::create(&folder, layout()).unwrap();
    let mut model = Model::default();
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    for round in 0..4u32 {
        let documents = (0..3).map(|i| upsert(&format!("clé-{}", round + i), round, (round * 40) as usize));
        let batch: Vec<_> = documents.chain([delete(&format!("clé-{round}-2")), delete("clé-1")]).collect();
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
        if round < 2 {
            writer.flush().unwrap();
        }
    }
    if version >= 2 {
        model.set_assets(&mut writer, &[("codec".into(), Some(vec![7; 100])), ("é".into(), Some(vec![]))]);
        model.attach(&mut writer, 0, "graph", Some(&[1; 300]));
        model.attach(&mut writer, 1, "graph", Some(&[2; 64]));
        model.attach(&mut writer, 1, "a", Some(b"a"));
    }
    writer.close().unwrap();
    (folder, model)
}

fn check_sound(folder: &MemoryBackend, model: &Model) {
    check(&Store::open(Arc::new(folder.clone())).unwrap().view().unwrap(), model);
    assert_eq!(verify(folder, &mut |event| drop(event)).unwrap().num_findings, 0);
}

#[test]
fn version_3_opens_and_is_what_is_written() {
    let stored = files("version-3");
    let (written, model) = history(3);
    check_sound(&MemoryBackend::with_files(stored.clone()), &model);
    let mut written = written.files();
    assert_eq!(written.remove("LOCK"), Some(vec![]));
    for (name, bytes) in &written {
        let at = stored[name].iter().zip(bytes).position(|(old, new)| old != new);
        assert_eq!(at, None, "{name} is no longer written as version 3: a change is a new version");
    }
    assert_eq!(stored.len(), written.len());
}

/// The first collections of version 3 had checksums of pieces that take their bytes forward, and manifests without a second
/// checksum.
#[test]
fn early_collections_of_version_3_are_read_and_repaired_all_the_same() {
    let early = files("version-3-early");
    let (_, model) = history(3);
    check_sound(&MemoryBackend::with_files(early.clone()), &model);
    for (name, bytes) in &early {
        for bit in (0..bytes.len() * 8).step_by(53) {
            let mut damaged = early.clone();
            damaged.get_mut(name).unwrap()[bit / 8] ^= 1 << (bit % 8);
            // A bit of another KiB: where only some of the checksums of pieces are right, they tell which they are.
            if name != "MANIFEST" && !name.starts_with("log") {
                let other = (bit + 8 * 1024) % (8 * bytes.len());
                damaged.get_mut(name).unwrap()[other / 8] ^= 1 << (other % 8);
            }
            let folder = MemoryBackend::with_files(damaged);
            let report = repair(&folder, Duration::ZERO, &mut |_| {}).unwrap();
            let num_lost = report.num_lost_documents + report.num_lost_assets + report.num_lost_attachments;
            assert!(num_lost == 0 && report.num_restored > 0, "bit {bit} of {name}: {report:?}");
            check(&Store::open(Arc::new(folder.clone())).unwrap().view().unwrap(), &model);
        }
    }
}

#[test]
fn older_versions_are_read_as_they_are_and_written_only_after_an_upgrade() {
    for version in [1, 2] {
        let stored = files(&format!("version-{version}"));
        let folder = MemoryBackend::with_files(stored.clone());
        let (_, mut model) = history(version);
        check_sound(&folder, &model);
        let refused = StoreWriter::open(Arc::new(folder.clone()), Options::default()).err().unwrap();
        assert!(
            matches!(refused, StoreError::Outdated { found, current: 3, .. } if found == version),
            "{refused}"
        );
        assert!(refused.to_string().contains("upgrade it"), "{refused}");
        assert_eq!(folder.files(), stored, "a refused writer changed something");
        let reader = Store::open(Arc::new(folder.clone())).unwrap();
        assert_eq!(upgrade(&folder, Duration::ZERO).unwrap(), Upgraded { from: version, to: 3 });
        check_sound(&folder, &model);
        check(&reader.view().unwrap(), &model);
        let upgraded = folder.files();
        assert!(stored.iter().all(|(name, bytes)| name == "MANIFEST" || upgraded[name] == *bytes));
        let num_assets = stored.keys().filter(|name| name.starts_with("asset")).count();
        assert_eq!(upgraded.len(), stored.len() + num_assets + 1, "each asset twice, and LOCK");
        assert_eq!(upgrade(&folder, Duration::ZERO).unwrap(), Upgraded { from: 3, to: 3 });
        assert_eq!(folder.files(), upgraded, "nothing was to do");
        let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
        let batch = [upsert("clé-9", 9, 9), delete("clé-2")];
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
        model.attach(&mut writer, 0, "graph", Some(b"g"));
        writer.merge().unwrap();
        writer.close().unwrap();
        check_sound(&folder, &model);
    }
}

#[test]
fn an_older_collection_is_repaired_once_it_is_upgraded_and_its_assets_from_their_copies() {
    let folder = MemoryBackend::with_files(files("version-2"));
    upgrade(&folder, Duration::ZERO).unwrap();
    let (_, model) = history(2);
    let upgraded = folder.files();
    for name in upgraded.keys().filter(|name| name.contains('-')) {
        for damage in 0..3 {
            let mut damaged = upgraded.clone();
            let bytes = damaged.get_mut(name).unwrap();
            match damage {
                0 => {
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 1;
                }
                1 if name.starts_with("asset") => bytes[10..].fill(0xaa),
                2 if name.starts_with("asset") => bytes.clear(),
                _ => continue,
            }
            let folder = MemoryBackend::with_files(damaged);
            let report = repair(&folder, Duration::ZERO, &mut |_| {}).unwrap();
            assert_eq!((report.num_restored, report.num_lost_assets), (1, 0), "{name}, {damage}");
            check_sound(&folder, &model);
        }
    }
}

#[test]
fn an_interrupted_upgrade_leaves_either_version() {
    let (_, model) = history(1);
    let folder = FaultyBackend::over(files("version-1"));
    let start = folder.num_events();
    upgrade(&folder, Duration::ZERO).unwrap();
    for cut in start..=folder.num_events() {
        for loss in losses(cut, 20) {
            let image = folder.image(cut, loss);
            check_sound(&image, &model);
            let found = upgrade(&image, Duration::ZERO).unwrap();
            assert!(found.from == 3 || cut < folder.num_events(), "a finished upgrade was lost");
            survive(&image, &[&model]);
        }
    }
}

#[test]
fn a_damaged_collection_is_not_upgraded() {
    let mut stored = files("version-1");
    stored.get_mut("segment-4").unwrap()[100] ^= 1;
    let folder = MemoryBackend::with_files(stored.clone());
    let error = upgrade(&folder, Duration::ZERO).unwrap_err();
    assert!(matches!(&error, StoreError::Corrupt { file, .. } if file == "segment-4"), "{error}");
    let mut after = folder.files();
    after.remove("LOCK");
    assert_eq!(after, stored);
}

/// Each broken collection, with the file that is named and why.
#[test]
fn broken_collections_of_version_2_are_named() {
    let cases = [
        ("broken-asset", "asset-6", "checksum"),
        ("broken-attachment", "attachment-8", "not there"),
        ("broken-manifest", "MANIFEST", "do not fit together"),
    ];
    for (fixture, damaged, reason) in cases {
        let folder = MemoryBackend::with_files(files(fixture));
        let mut found = Vec::new();
        let report = verify(&folder, &mut |event| {
            if let Event::Found(error) = event {
                found.push(error.to_string());
            }
        });
        assert_eq!(report.unwrap().num_findings, 1, "{found:?}");
        assert!(found[0].starts_with(damaged) && found[0].contains(reason), "{found:?}");
    }
}

#[test]
fn a_newer_version_is_named_and_nothing_is_touched() {
    let newer = [("manifest", 4), ("segment", 3), ("log", 2), ("asset", 4), ("attachment", 4)];
    for (kind, newer) in newer {
        let version = &format!("newer-{kind}");
        let stored = files(version);
        let folder = MemoryBackend::with_files(stored.clone());
        let errors = [
            Store::open(Arc::new(folder.clone())).err().unwrap(),
            StoreWriter::open(Arc::new(folder.clone()), Options::default()).err().unwrap(),
        ];
        for error in errors {
            let StoreError::Version { file, found, .. } = &error else { panic!("{version}: {error}") };
            assert!(file.to_lowercase().starts_with(kind) && *found == newer, "{version}: {error}");
        }
        let mut after = folder.files();
        after.remove("LOCK");
        assert_eq!(after, stored);
    }
}
