use super::{Backend, FileBytes, FileWriter, LockGuard, map};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A folder of real files.
#[derive(Debug, Clone)]
pub struct FolderBackend {
    path: PathBuf,
}

impl FolderBackend {
    /// Names the folder; touches nothing yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn at(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }
}

struct Appender(File);

impl FileWriter for Appender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

/// The lock is the kernel's, on the open file: it goes with the process, however that ends.
struct HeldLock {
    _file: File,
}

impl LockGuard for HeldLock {}

fn sync_path(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

impl Backend for FolderBackend {
    fn describe(&self) -> String {
        self.path.display().to_string()
    }

    fn create_folder(&self) -> io::Result<()> {
        let missing = self.path.ancestors().take_while(|folder| !folder.is_dir()).count();
        std::fs::create_dir_all(&self.path)?;
        // Each new name lives in the folder above: without this a crash could take the whole folder away.
        for parent in self.path.ancestors().skip(1).take(missing) {
            sync_path(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?;
        }
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        std::fs::read_dir(&self.path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn create(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        match std::fs::remove_file(self.at(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let created = OpenOptions::new().append(true).create_new(true).open(self.at(file))?;
        Ok(Box::new(Appender(created)))
    }

    fn append(&self, file: &str) -> io::Result<Box<dyn FileWriter>> {
        Ok(Box::new(Appender(OpenOptions::new().append(true).open(self.at(file))?)))
    }

    fn sync_folder(&self) -> io::Result<()> {
        sync_path(&self.path)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.at(from), self.at(to))
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        std::fs::remove_file(self.at(file))
    }

    fn length(&self, file: &str) -> io::Result<u64> {
        Ok(std::fs::metadata(self.at(file))?.len())
    }

    fn read(&self, file: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut opened = File::open(self.at(file))?;
        opened.seek(SeekFrom::Start(offset))?;
        let mut filled = 0;
        while filled < buffer.len() {
            match opened.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(num_bytes) => filled += num_bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn read_all(&self, file: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.at(file))
    }

    fn map(&self, file: &str) -> io::Result<FileBytes> {
        map::map(&File::open(self.at(file))?)
    }

    fn lock(&self, file: &str) -> io::Result<Option<Box<dyn LockGuard>>> {
        let opened = OpenOptions::new().create(true).append(true).open(self.at(file))?;
        match opened.try_lock() {
            Ok(()) => Ok(Some(Box::new(HeldLock { _file: opened }))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_read_mapped_renamed_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let backend = FolderBackend::new(folder.path().join("deep").join("new"));
        assert_eq!(backend.list().unwrap_err().kind(), io::ErrorKind::NotFound);
        backend.create_folder().unwrap();
        let mut file = backend.create("a").unwrap();
        file.write(b"hello").unwrap();
        file.sync().unwrap();
        backend.append("a").unwrap().write(b" world").unwrap();
        let mut buffer = [0; 20];
        assert_eq!(backend.read("a", 6, &mut buffer).unwrap(), 5);
        assert_eq!((&buffer[..5], backend.length("a").unwrap()), (&b"world"[..], 11));
        let map = backend.map("a").unwrap();
        backend.create("a").unwrap().write(b"other").unwrap();
        assert_eq!(&*map, b"hello world", "a new file of the same name leaves the map alone");
        backend.rename("a", "b").unwrap();
        backend.sync_folder().unwrap();
        assert_eq!(backend.list().unwrap(), ["b"]);
        backend.remove("b").unwrap();
        assert_eq!(backend.append("b").err().unwrap().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn the_lock_has_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        let backend = FolderBackend::new(folder.path());
        let held = backend.lock("LOCK").unwrap();
        assert!(held.is_some());
        assert!(backend.lock("LOCK").unwrap().is_none());
        drop(held);
        assert!(backend.lock("LOCK").unwrap().is_some());
    }
}
