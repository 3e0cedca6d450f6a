//! The folder that a collection lives in: what the store asks of a file system, and no more.

mod bytes;
mod folder;
mod guarded;
mod map;

pub(crate) use bytes::AlignedBytes;
pub use bytes::FileBytes;
pub use folder::FolderBackend;
pub(crate) use guarded::Guarded;

use std::io;
use std::sync::Arc;

/// A folder of files, named without any path.
///
/// The store relies on this and nothing else: what [`FileWriter::sync`] covered stays; a name stays once
/// [`Backend::sync_folder`] returned; [`Backend::rename`] replaces its target as a whole. It expects nothing of
/// the order in which anything else reaches the disk.
pub trait Backend: Send + Sync {
    /// The folder's name in messages.
    fn describe(&self) -> String;

    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// Any that the system reports.
    fn create_folder(&self) -> io::Result<()>;

    /// The names of all files, in any order.
    ///
    /// # Errors
    /// `NotFound` without the folder; any other that the system reports.
    fn list(&self) -> io::Result<Vec<String>>;

    /// A new, empty file to append to. A file that already has the name is removed first, so that who still reads
    /// that one keeps its bytes.
    ///
    /// # Errors
    /// Any that the system reports.
    fn create(&self, file: &str) -> io::Result<Box<dyn FileWriter>>;

    /// An existing file to append to.
    ///
    /// # Errors
    /// `NotFound`, or any other that the system reports.
    fn append(&self, file: &str) -> io::Result<Box<dyn FileWriter>>;

    /// Makes the creation, renaming and removal of files durable.
    ///
    /// # Errors
    /// Any that the system reports.
    fn sync_folder(&self) -> io::Result<()>;

    /// Gives a file another name, replacing the file that has it.
    ///
    /// # Errors
    /// `NotFound`, or any other that the system reports.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a name; open maps of the file stay readable.
    ///
    /// # Errors
    /// `NotFound`, or any other that the system reports.
    fn remove(&self, file: &str) -> io::Result<()>;

    /// Length of a file in bytes.
    ///
    /// # Errors
    /// `NotFound`, or any other that the system reports.
    fn length(&self, file: &str) -> io::Result<u64>;

    /// Reads from `offset` until `buffer` is full or the file ends; returns the number of bytes read.
    ///
    /// # Errors
    /// `NotFound`, or any other that the system reports.
    fn read(&self, file: &str, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Reads a whole file, opened once: not part of it and part of the file that replaces it.
    ///
    /// # Errors
    /// `NotFound`, or any other that the system reports.
    fn read_all(&self, file: &str) -> io::Result<Vec<u8>>;

    /// The whole of a file that never changes again.
    ///
    /// # Errors
    /// `NotFound`, or any other that the system reports.
    fn map(&self, file: &str) -> io::Result<FileBytes>;

    /// Takes the lock of the one writer, released when the guard is dropped or the process ends; `None` when
    /// another holds it.
    ///
    /// # Errors
    /// Any that the system reports.
    fn lock(&self, file: &str) -> io::Result<Option<Box<dyn LockGuard>>>;

    /// The process that holds a lock, where that is known: for messages, since it may have ended meanwhile.
    fn lock_holder(&self, _file: &str) -> Option<u32> {
        None
    }

    /// The folder that the path leads to now, wherever the path leads later; `None` where there is no such thing.
    /// A writer works through it, so that it never touches a folder that took the place of its own.
    ///
    /// # Errors
    /// `NotFound` without the folder; any other that the system reports.
    fn pinned(&self) -> io::Result<Option<Arc<dyn Backend>>> {
        Ok(None)
    }
}

/// A file that is being appended to.
pub trait FileWriter: Send {
    /// Appends all of `bytes`. After an error any part of them may be there.
    ///
    /// # Errors
    /// Any that the system reports.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes all bytes written so far durable, and the length that finds them.
    ///
    /// # Errors
    /// Any that the system reports; what was written since the last success may then be lost.
    fn sync(&mut self) -> io::Result<()>;
}

/// Holds a lock until it is dropped.
pub trait LockGuard: Send + Sync {
    /// True while the lock file at the path is the one that is held. It is not once the folder was moved, removed or
    /// replaced, or the file was: another writer may be at work there.
    ///
    /// # Errors
    /// Any that the system reports but `NotFound`, which is an answer.
    fn is_in_place(&self) -> io::Result<bool>;
}
