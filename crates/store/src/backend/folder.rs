use super::{Backend, FileBytes, FileWriter, LockGuard, map};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Most attempts at a lock whose file is replaced while it is taken.
const MAX_LOCK_ATTEMPTS: usize = 10;
/// Longest content of a lock file that is read: a process id and a line end.
const MAX_HOLDER_BYTES: u64 = 16;

/// A folder of real files.
#[derive(Debug, Clone)]
pub struct FolderBackend {
    path: PathBuf,
    /// The open folder that `path` is read through, and the path that leads to it by name.
    #[cfg(target_os = "linux")]
    pinned: Option<(std::sync::Arc<File>, PathBuf)>,
}

impl FolderBackend {
    /// Names the folder; touches nothing yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            #[cfg(target_os = "linux")]
            pinned: None,
        }
    }

    /// The folder, as it was named.
    pub fn path(&self) -> &Path {
        #[cfg(target_os = "linux")]
        if let Some((_, named)) = &self.pinned {
            return named;
        }
        &self.path
    }

    fn at(&self, file: &str) -> PathBuf {
        self.path.join(file)
    }

    /// Opens a file for reading. What is no regular file is refused before it is opened: a pipe would wait for its other
    /// end, and a device has none. A link that leads nowhere is not an absent file: what it leads to may come back.
    fn open(&self, file: &str) -> io::Result<File> {
        let path = self.at(file);
        match std::fs::metadata(&path) {
            Ok(found) if found.is_file() => File::open(&path),
            Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
                Err(io::Error::other("it is a link to something that is not there"))
            }
            Err(error) => Err(error),
        }
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
    file: File,
    /// The path by which the file was found.
    path: PathBuf,
}

/// Closing the file is not enough: a process that another thread just forked holds a copy of it until it executes its
/// program, and the lock with it.
impl Drop for HeldLock {
    fn drop(&mut self) {
        // A refusal leaves the lock to the closing of the file.
        drop(self.file.unlock());
    }
}

impl LockGuard for HeldLock {
    #[cfg(unix)]
    fn is_in_place(&self) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let held = self.file.metadata()?;
        match std::fs::metadata(&self.path) {
            Ok(found) => Ok((found.dev(), found.ino()) == (held.dev(), held.ino())),
            Err(error) if is_absence(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// An open file keeps its name and its folder there.
    #[cfg(not(unix))]
    fn is_in_place(&self) -> io::Result<bool> {
        self.file.metadata().map(|_| true)
    }
}

/// True if nothing is at a path, or no folder is on the way to it.
#[cfg(unix)]
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn sync_path(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

impl Backend for FolderBackend {
    fn describe(&self) -> String {
        self.path().display().to_string()
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
        Ok(self.open(file)?.metadata()?.len())
    }

    fn read(&self, file: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut opened = self.open(file)?;
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
        let mut bytes = Vec::new();
        self.open(file)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn map(&self, file: &str) -> io::Result<FileBytes> {
        map::map(&self.open(file)?)
    }

    fn lock(&self, file: &str) -> io::Result<Option<Box<dyn LockGuard>>> {
        for _ in 0..MAX_LOCK_ATTEMPTS {
            let mut opened = OpenOptions::new().create(true).append(true).open(self.at(file))?;
            match opened.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // For messages alone: a disk too full for it is no reason not to lock.
            drop(opened.set_len(0).and_then(|()| writeln!(opened, "{}", std::process::id())));
            let held = HeldLock { file: opened, path: self.path().join(file) };
            // Another file may have taken the name before this one was locked.
            if held.is_in_place()? {
                return Ok(Some(Box::new(held)));
            }
        }
        Ok(None)
    }

    fn lock_holder(&self, file: &str) -> Option<u32> {
        let mut said = String::new();
        let read = self.open(file).and_then(|file| file.take(MAX_HOLDER_BYTES).read_to_string(&mut said));
        if read.is_err() {
            return None;
        }
        said.trim().parse().ok()
    }

    /// Linux names an open folder `/proc/self/fd/N`, and what is in it by paths that start there.
    #[cfg(target_os = "linux")]
    fn pinned(&self) -> io::Result<Option<std::sync::Arc<dyn Backend>>> {
        use std::os::fd::AsRawFd;
        use std::os::unix::fs::MetadataExt;
        let folder = File::open(&self.path)?;
        let found = folder.metadata()?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/.", folder.as_raw_fd()));
        match std::fs::metadata(&path) {
            Ok(same) if (same.dev(), same.ino()) == (found.dev(), found.ino()) => {
                let pinned = Some((std::sync::Arc::new(folder), self.path().to_owned()));
                Ok(Some(std::sync::Arc::new(Self { path, pinned })))
            }
            // No /proc here.
            _ => Ok(None),
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
    fn a_pinned_folder_stays_the_one_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (old, path) = (folder.path().join("old"), folder.path().join("c"));
        std::fs::create_dir(&path).unwrap();
        let backend = FolderBackend::new(&path);
        let Some(pinned) = backend.pinned().unwrap() else { return };
        let lock = pinned.lock("LOCK").unwrap().unwrap();
        assert!(lock.is_in_place().unwrap());
        assert_eq!(backend.lock_holder("LOCK"), Some(std::process::id()));
        std::fs::rename(&path, &old).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(!lock.is_in_place().unwrap());
        pinned.create("a").unwrap().write(b"mine").unwrap();
        assert_eq!(std::fs::read(old.join("a")).unwrap(), b"mine");
        assert!(backend.list().unwrap().is_empty());
        assert_eq!(pinned.describe(), path.display().to_string());
        assert!(backend.lock("LOCK").unwrap().is_some(), "another folder, another lock");
        assert!(!lock.is_in_place().unwrap());
    }

    #[test]
    #[cfg(unix)]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let backend = FolderBackend::new(folder.path());
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("device")).unwrap();
        std::os::unix::fs::symlink("nothing", folder.path().join("link")).unwrap();
        for file in ["folder", "device", "link"] {
            for error in [backend.read_all(file).err(), backend.map(file).err(), backend.length(file).err()] {
                assert_ne!(error.unwrap().kind(), io::ErrorKind::NotFound, "{file}");
            }
        }
        assert_eq!(backend.length("absent").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_copy_of_the_open_file_does_not_keep_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let backend = FolderBackend::new(folder.path());
        let file = OpenOptions::new().create(true).append(true).open(folder.path().join("LOCK")).unwrap();
        let copy = file.try_clone().unwrap();
        file.try_lock().unwrap();
        drop(HeldLock { file, path: folder.path().join("LOCK") });
        assert!(backend.lock("LOCK").unwrap().is_some());
        drop(copy);
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
