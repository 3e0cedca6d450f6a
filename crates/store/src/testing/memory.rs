use crate::backend::{Backend, FileBytes, FileWriter, LockGuard};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type File = Arc<Mutex<Vec<u8>>>;

/// A folder in memory. Clones are the same folder.
#[derive(Debug, Clone, Default)]
pub struct MemoryBackend {
    files: Arc<Mutex<BTreeMap<String, File>>>,
    /// The lock file that is held.
    locked: Arc<Mutex<Option<File>>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_found(file: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("no file {file} in memory"))
}

impl MemoryBackend {
    /// An empty folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// A folder with these files.
    pub fn with_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let files = files.into_iter().map(|(name, bytes)| (name, Arc::new(Mutex::new(bytes)))).collect();
        Self { files: Arc::new(Mutex::new(files)), locked: Arc::default() }
    }

    /// A copy of all files by name.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        held(&self.files).iter().map(|(name, file)| (name.clone(), held(file).clone())).collect()
    }

    /// A folder of its own with the same files, nobody holding its lock.
    pub fn copied(&self) -> Self {
        Self::with_files(self.files())
    }

    fn file(&self, name: &str) -> io::Result<File> {
        held(&self.files).get(name).cloned().ok_or_else(|| not_found(name))
    }
}

struct Appender(File);

impl FileWriter for Appender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        held(&self.0).extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct HeldLock {
    folder: MemoryBackend,
    file: File,
    name: String,
}

impl LockGuard for HeldLock {
    fn is_in_place(&self) -> io::Result<bool> {
        let files = held(&self.folder.files);
        Ok(files.get(&self.name).is_some_and(|file| Arc::ptr_eq(file, &self.file)))
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        let mut locked = held(&self.folder.locked);
        if locked.as_ref().is_some_and(|file| Arc::ptr_eq(file, &self.file)) {
            *locked = None;
        }
    }
}

impl Backend for MemoryBackend {
    fn describe(&self) -> String {
        "the folder in memory".into()
    }

    fn create_folder(&self) -> io::Result<()> {
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(held(&self.files).keys().cloned().collect())
    }

    fn create(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        let created = File::default();
        held(&self.files).insert(file.to_owned(), Arc::clone(&created));
        Ok(Box::new(Appender(created)))
    }

    fn append(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        Ok(Box::new(Appender(self.file(file)?)))
    }

    fn sync_folder(&self) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = held(&self.files);
        let file = files.remove(from).ok_or_else(|| not_found(from))?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        held(&self.files).remove(file).map(drop).ok_or_else(|| not_found(file))
    }

    fn length(&self, file: &str) -> io::Result<u64> {
        Ok(held(&*self.file(file)?).len() as u64)
    }

    fn read(&self, file: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let file = self.file(file)?;
        let bytes = held(&file);
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let num_bytes = rest.len().min(buffer.len());
        buffer[..num_bytes].copy_from_slice(&rest[..num_bytes]);
        Ok(num_bytes)
    }

    fn read_all(&self, file: &str) -> io::Result<Vec<u8>> {
        Ok(held(&*self.file(file)?).clone())
    }

    fn map(&self, file: &str) -> io::Result<FileBytes> {
        Ok(FileBytes::copy_of(&held(&*self.file(file)?)))
    }

    fn lock(&self, file: &str) -> io::Result<Option<Box<dyn LockGuard>>> {
        let opened = Arc::clone(held(&self.files).entry(file.to_owned()).or_default());
        let mut locked = held(&self.locked);
        if locked.as_ref().is_some_and(|other| Arc::ptr_eq(other, &opened)) {
            return Ok(None);
        }
        *locked = Some(Arc::clone(&opened));
        Ok(Some(Box::new(HeldLock { folder: self.clone(), file: opened, name: file.to_owned() })))
    }
}
