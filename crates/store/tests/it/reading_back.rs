//! A disk that gives back something else than what was written to it.

use crate::common::{Model, check, layout, upsert};
use pleiad_store::testing::MemoryBackend;
use pleiad_store::{
    Backend, FileBytes, FileWriter, LockGuard, MergeChoice, Options, Store, StoreError, StoreWriter,
};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Changes a byte of every segment that is opened, from the moment on that it is told to.
#[derive(Clone, Default)]
struct Forgetful {
    memory: MemoryBackend,
    forgets: Arc<AtomicBool>,
}

impl Backend for Forgetful {
    fn describe(&self) -> String {
        self.memory.describe()
    }
    fn create_folder(&self) -> io::Result<()> {
        self.memory.create_folder()
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.memory.list()
    }
    fn create(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        self.memory.create(file)
    }
    fn append(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        self.memory.append(file)
    }
    fn sync_folder(&self) -> io::Result<()> {
        self.memory.sync_folder()
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.memory.rename(from, to)
    }
    fn remove(&self, file: &str) -> io::Result<()> {
        self.memory.remove(file)
    }
    fn length(&self, file: &str) -> io::Result<u64> {
        self.memory.length(file)
    }
    fn read(&self, file: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.memory.read(file, offset, buffer)
    }
    fn read_all(&self, file: &str) -> io::Result<Vec<u8>> {
        self.memory.read_all(file)
    }
    fn map(&self, file: &str) -> io::Result<FileBytes> {
        let mut bytes = self.memory.map(file)?.to_vec();
        if self.forgets.load(Ordering::Relaxed) && file.starts_with("segment-") {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        Ok(FileBytes::copy_of(&bytes))
    }
    fn lock(&self, file: &str) -> io::Result<Option<Box<dyn LockGuard>>> {
        self.memory.lock(file)
    }
}

#[test]
fn what_comes_back_changed_takes_the_place_of_nothing() {
    let folder = Forgetful::default();
    Store::create(&folder, layout()).unwrap();
    let mut writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    let mut model = Model::default();
    let mut commit = |writer: &mut StoreWriter, round: u32| {
        let batch: Vec<_> = (0..4).map(|i| upsert(&format!("key-{}", round * 3 + i), round, 4000)).collect();
        assert_eq!(writer.commit(&batch).unwrap(), model.commit(&batch));
    };
    for round in 0..4 {
        commit(&mut writer, round);
        writer.flush().unwrap();
    }
    commit(&mut writer, 4);
    folder.forgets.store(true, Ordering::Relaxed);
    let merged = writer.merge_job(MergeChoice::Due, u64::MAX).expect("four segments of one tier").run();
    assert!(matches!(merged.err(), Some(StoreError::Corrupt { .. })));
    // The log is not given up either, and the writer wants to be reopened.
    assert!(matches!(writer.flush(), Err(StoreError::Corrupt { .. })));
    assert!(matches!(writer.flush(), Err(StoreError::Poisoned { .. })));
    drop(writer);
    folder.forgets.store(false, Ordering::Relaxed);
    check(&Store::open(Arc::new(folder.clone())).unwrap().view().unwrap(), &model);
    let writer = StoreWriter::open(Arc::new(folder.clone()), Options::default()).unwrap();
    check(&writer.view(), &model);
    writer.close().unwrap();
}
