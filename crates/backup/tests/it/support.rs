//! A collection to copy, and what every place must do with it.

use pleiad_backup::{BackupError, Check, Destination, backup, backups, keep_last, restore};
use pleiad_store::{Backend, Column, FolderBackend, Layout, Operation, Options, Store, StoreWriter};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub(crate) type Documents = BTreeMap<String, Vec<u8>>;

pub(crate) fn create(folder: &Path) -> StoreWriter {
    let backend = FolderBackend::new(folder);
    let column = Column { name: "text".into(), width: None };
    Store::create(&backend, Layout::new(vec![column], b"{}".to_vec()).unwrap()).unwrap();
    StoreWriter::open(Arc::new(backend), Options::default()).unwrap()
}

pub(crate) fn upsert(key: &str, version: u8, num_bytes: usize) -> Operation {
    Operation::Upsert { key: key.into(), columns: vec![vec![version; num_bytes]] }
}

pub(crate) fn read(folder: &Path) -> Documents {
    let view = Store::open(Arc::new(FolderBackend::new(folder))).unwrap().view().unwrap();
    let mut documents = Documents::new();
    for part in view.parts() {
        for row in (0..part.num_rows()).filter(|&row| !part.is_deleted(row)) {
            documents.insert(part.key(row).unwrap().into(), part.column(0, row).unwrap().to_vec());
        }
    }
    documents
}

/// Two backups of a collection that goes on, both brought back; then the older one is given up.
pub(crate) fn there_and_back(place: &dyn Destination, folder: &Path) {
    let path = folder.join("collection");
    let backend = FolderBackend::new(&path);
    let mut writer = create(&path);
    assert!(backups(place).unwrap().is_empty());
    let to = folder.join("restored");
    assert!(matches!(restore(place, None, &to, false, &mut |_, _| {}), Err(BackupError::NoBackup { .. })));

    writer.commit(&[upsert("a", 1, 10 << 20), upsert("b", 1, 100)]).unwrap();
    writer.flush().unwrap();
    writer.commit(&[upsert("b", 2, 100), upsert("c", 2, 100)]).unwrap();
    let first = backup(&path, place, Check::Share, &mut |_, _| {}).unwrap();
    let state = read(&path);
    assert_eq!((first.backup.number, first.backup.num_documents), (1, 3));
    assert_eq!(first.num_new_files, first.backup.files.len() as u64);

    writer.commit(&[Operation::Delete { key: "c".into() }, upsert("d", 3, 9)]).unwrap();
    let second = backup(&path, place, Check::Share, &mut |_, _| {}).unwrap();
    assert_eq!((second.backup.number, second.num_new_files), (2, 2), "the log and the manifest");
    assert!(second.new_bytes < 100_000 && second.backup.num_bytes() > 10 << 20);
    let last_state = read(&path);
    writer.merge().unwrap();

    assert_eq!(backups(place).unwrap(), [first.backup.clone(), second.backup.clone()]);
    assert!(restore(place, None, &to, false, &mut |_, _| {}).unwrap().replaced.is_none());
    assert_eq!(read(&to), last_state);
    assert!(matches!(restore(place, Some(1), &to, false, &mut |_, _| {}), Err(BackupError::NotEmpty { .. })));
    let restored = restore(place, Some(1), &to, true, &mut |_, _| {}).unwrap();
    assert_eq!(read(&to), state);
    assert_eq!(read(&restored.replaced.unwrap()), last_state, "what was replaced is kept");
    let mut again = StoreWriter::open(Arc::new(FolderBackend::new(&to)), Options::default()).unwrap();
    again.commit(&[upsert("later", 1, 1)]).unwrap();
    again.merge().unwrap();

    let removed = keep_last(place, 1).unwrap();
    assert_eq!((removed.num_backups, removed.num_files), (1, 2));
    let third = folder.join("third");
    assert!(matches!(
        restore(place, Some(1), &third, false, &mut |_, _| {}),
        Err(BackupError::NoBackup { .. })
    ));
    restore(place, Some(2), &third, false, &mut |_, _| {}).unwrap();
    assert_eq!(read(&third), last_state);
    assert!(backend.list().unwrap().len() > 2);
}
