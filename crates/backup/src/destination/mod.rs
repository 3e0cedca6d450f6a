//! Destinations of backups.

mod folder;
#[cfg(feature = "objects")]
mod objects;

pub use folder::FolderDestination;
#[cfg(feature = "objects")]
pub use objects::ObjectDestination;

use std::io;

/// A destination of named objects, each written once and whole. Names have one folder: `objects/x`.
pub trait Destination {
    /// Its name in messages.
    fn describe(&self) -> String;

    /// Names, without the folder, and lengths of all objects in a folder, in any order; none when there is no such
    /// folder.
    ///
    /// # Errors
    /// Any that the system reports.
    fn list(&self, folder: &str) -> io::Result<Vec<(String, u64)>>;

    /// Writes an object durably: it is there as a whole when this returns, and as a whole or not at all otherwise.
    ///
    /// # Errors
    /// Any that the system reports.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Hands the bytes of an object to `sink`, piece by piece.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput` for what is no object (a pipe, a device), any other that the system reports, and those
    /// of `sink`.
    fn get(&self, name: &str, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()>;

    /// Removes an object.
    ///
    /// # Errors
    /// `NotFound`, or any other that the system reports.
    fn remove(&self, name: &str) -> io::Result<()>;
}
