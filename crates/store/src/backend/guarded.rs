use super::{Backend, FileBytes, FileWriter, LockGuard};
use std::io;
use std::ops::Deref;
use std::sync::Arc;

/// A folder that is changed only while its lock is in place. A writer whose lock file was removed would otherwise give
/// its files the names of those that the next writer made.
pub(crate) struct Guarded<B> {
    inner: B,
    lock: Arc<dyn LockGuard>,
}

impl<B> Guarded<B> {
    pub(crate) fn new(inner: B, lock: Arc<dyn LockGuard>) -> Self {
        Self { inner, lock }
    }

    fn check(&self) -> io::Result<()> {
        if self.lock.is_in_place()? {
            return Ok(());
        }
        Err(io::Error::other("its folder or its lock file was moved, removed or replaced"))
    }
}

impl<'b, B: Deref<Target = dyn Backend + 'b> + Send + Sync> Backend for Guarded<B> {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn create_folder(&self) -> io::Result<()> {
        self.inner.create_folder()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.inner.list()
    }

    fn create(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        self.check()?;
        self.inner.create(file)
    }

    fn append(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        self.check()?;
        self.inner.append(file)
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.inner.sync_folder()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.check()?;
        self.inner.rename(from, to)
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        self.check()?;
        self.inner.remove(file)
    }

    fn length(&self, file: &str) -> io::Result<u64> {
        self.inner.length(file)
    }

    fn read(&self, file: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(file, offset, buffer)
    }

    fn read_all(&self, file: &str) -> io::Result<Vec<u8>> {
        self.inner.read_all(file)
    }

    fn map(&self, file: &str) -> io::Result<FileBytes> {
        self.inner.map(file)
    }

    fn lock(&self, file: &str) -> io::Result<Option<Box<dyn LockGuard>>> {
        self.inner.lock(file)
    }

    fn lock_holder(&self, file: &str) -> Option<u32> {
        self.inner.lock_holder(file)
    }
}
