//! The folder that a restore fetches into, beside the one that it restores.

use crate::{BackupError, Result};
use pleiad_store::{Backend, FolderBackend, LockGuard};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The file that tells a folder that a restore made, and that is not whole yet.
const MARK: &str = "RESTORING";
const LOCK: &str = "LOCK";

/// `NAME.restoring`, which this restore made: it is removed unless the restore comes to its end.
pub(crate) struct Staging {
    pub(crate) path: PathBuf,
    is_kept: std::cell::Cell<bool>,
    _lock: Box<dyn LockGuard>,
}

impl Staging {
    /// Makes the folder. One that an interrupted restore left is used again; what no restore made is left alone.
    pub(crate) fn make(folder: &Path) -> Result<Self> {
        let path = beside(folder, "restoring", None);
        let backend = FolderBackend::new(&path);
        let made = fs::create_dir(&path);
        let is_ours = match &made {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => path.join(MARK).is_file(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                above(&path).create_folder().map_err(BackupError::io("make", path.display().to_string()))?;
                return Self::make(folder);
            }
            Err(_) => return Err(refused("make", &path, made)),
        };
        // Another restore may have made it just now, and not have locked and marked it yet.
        let is_ours = is_ours || is_marked_soon(&path);
        let lock = if is_ours || path.join(LOCK).is_file() {
            backend.lock(LOCK).map_err(BackupError::io("lock", path.display().to_string()))?
        } else {
            return Err(BackupError::InTheWay { path: path.display().to_string() });
        };
        let Some(lock) = lock else {
            let (folder, holder) = (folder.display().to_string(), backend.lock_holder(LOCK));
            return Err(BackupError::Restoring { folder, holder });
        };
        if !is_ours {
            return Err(BackupError::InTheWay { path: path.display().to_string() });
        }
        let staging = Self { path, is_kept: false.into(), _lock: lock };
        staging.clear()?;
        Ok(staging)
    }

    /// Empties the folder but for the lock, and marks it.
    fn clear(&self) -> Result<()> {
        let io = |action| BackupError::io(action, self.path.display().to_string());
        fs::write(self.path.join(MARK), b"").map_err(io("write"))?;
        for entry in fs::read_dir(&self.path).map_err(io("list"))? {
            let name = entry.map_err(io("list"))?.file_name();
            if name != LOCK && name != MARK {
                fs::remove_file(self.path.join(&name)).map_err(io("remove a file of"))?;
            }
        }
        Ok(())
    }

    /// Takes the mark away: from now on it is a collection like any other.
    pub(crate) fn finish(&self) -> Result<()> {
        let io = |action| BackupError::io(action, self.path.display().to_string());
        fs::remove_file(self.path.join(MARK)).map_err(io("remove a file of"))?;
        FolderBackend::new(&self.path).sync_folder().map_err(io("sync"))
    }

    /// The folder has another name now.
    pub(crate) fn keep(&self) {
        self.is_kept.set(true);
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.is_kept.get() {
            // What stays is used again by the next restore, or in its way and named.
            drop(fs::remove_dir_all(&self.path));
        }
    }
}

/// Longest time of a restore between making a folder and marking it.
const MARK_WAIT: Duration = Duration::from_millis(200);

fn is_marked_soon(path: &Path) -> bool {
    let start = Instant::now();
    while start.elapsed() < MARK_WAIT {
        if path.join(MARK).is_file() {
            return true;
        }
        thread::sleep(MARK_WAIT / 20);
    }
    false
}

fn refused(action: &'static str, path: &Path, outcome: io::Result<()>) -> BackupError {
    let error = outcome.err().unwrap_or_else(|| io::ErrorKind::Other.into());
    BackupError::io(action, path.display().to_string())(error)
}

/// True if a file of this name would be taken for one of the restore itself.
pub(crate) fn is_reserved(name: &str) -> bool {
    name == MARK || name == LOCK
}

/// `NAME.what` or `NAME.what-number` in the same folder.
pub(crate) fn beside(folder: &Path, what: &str, number: Option<u32>) -> PathBuf {
    let mut name = folder.file_name().unwrap_or(folder.as_os_str()).to_os_string();
    name.push(number.map_or(format!(".{what}"), |number| format!(".{what}-{number}")));
    folder.with_file_name(name)
}

fn above(path: &Path) -> FolderBackend {
    FolderBackend::new(path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// Renames durably: the name lives in the folder above.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(BackupError::io("rename", from.display().to_string()))?;
    let above = above(to);
    above.sync_folder().map_err(BackupError::io("sync", above.describe()))
}
