//! Named snapshots: a copy of the manifest under a name of its own, and with it the files that it names.
//!
//! `snapshot-<name>` has the form of a manifest without a log. Files that it names stay until it is dropped, whatever
//! is merged or deleted meanwhile; nothing is copied.

mod list;

pub use list::{NamedSnapshot, snapshots};
pub(crate) use list::{kept_files, read};

use crate::{Result, StoreError};

/// Longest name of a snapshot, in bytes.
pub const MAX_SNAPSHOT_NAME_BYTES: usize = 64;

const PREFIX: &str = "snapshot-";

/// The file of a snapshot.
///
/// # Errors
/// [`StoreError::SnapshotName`] for a name that is no safe part of a file name everywhere.
pub(crate) fn file_name(name: &str) -> Result<String> {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=MAX_SNAPSHOT_NAME_BYTES).contains(&name.len())
        && name.bytes().all(is_safe)
        && !name.ends_with(".new")
    {
        return Ok(format!("{PREFIX}{name}"));
    }
    Err(StoreError::SnapshotName { name: name.to_owned(), limit: MAX_SNAPSHOT_NAME_BYTES })
}

/// The name of the snapshot that a file holds, if it holds one.
pub(crate) fn name_of(file: &str) -> Option<&str> {
    let name = file.strip_prefix(PREFIX)?;
    file_name(name).is_ok_and(|named| named == file).then_some(name)
}
