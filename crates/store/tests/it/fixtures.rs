//! Collections of every format version, which must open for ever.

use crate::common::{Model, check, delete, layout, upsert};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{Options, Store, StoreError, StoreWriter, verify};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// Two segments, rows deleted by the log and before it, and a log that was closed.
fn history() -> (MemoryBackend, Model) {
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
    writer.close().unwrap();
    (folder, model)
}

#[test]
fn version_1_opens_and_is_what_is_written() {
    let stored = files("version-1");
    let opened = MemoryBackend::with_files(stored.clone());
    let (written, model) = history();
    check(&Store::open(Arc::new(opened.clone())).unwrap().view().unwrap(), &model);
    assert_eq!(verify(&opened, &mut |event| drop(event)).unwrap().num_findings, 0);
    let mut written = written.files();
    assert_eq!(written.remove("LOCK"), Some(vec![]));
    for (name, bytes) in &written {
        let at = stored[name].iter().zip(bytes).position(|(old, new)| old != new);
        assert_eq!(at, None, "{name} is no longer written as version 1: a change is a new version");
    }
    assert_eq!(stored.len(), written.len());
}

#[test]
fn a_newer_version_is_named_and_nothing_is_touched() {
    for version in ["newer-manifest", "newer-segment", "newer-log"] {
        let stored = files(version);
        let folder = MemoryBackend::with_files(stored.clone());
        let (_, kind) = version.split_once('-').unwrap();
        let errors = [
            Store::open(Arc::new(folder.clone())).err().unwrap(),
            StoreWriter::open(Arc::new(folder.clone()), Options::default()).err().unwrap(),
        ];
        for error in errors {
            let StoreError::Version { file, found: 2, supported: 1 } = &error else {
                panic!("{version}: {error}")
            };
            assert!(file.to_lowercase().starts_with(kind), "{version}: {error}");
        }
        let mut after = folder.files();
        after.remove("LOCK");
        assert_eq!(after, stored);
    }
}
