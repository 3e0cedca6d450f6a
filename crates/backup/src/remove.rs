use crate::catalogue::{self, BACKUPS, Backup, OBJECTS, at};
use crate::{BackupError, Destination, Result};
use std::collections::HashSet;

/// The outcome of [`keep_last`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Backups.
    pub num_backups: u64,
    /// Files that no backup needs any more.
    pub num_files: u64,
    /// Their bytes.
    pub num_bytes: u64,
}

/// Removes all backups but the last `num_kept`, and the files that none of those needs. Not beside a backup that is
/// under way to the same destination: its files are named by nothing yet.
///
/// # Errors
/// [`BackupError::Damaged`] or [`BackupError::Version`] when a catalogue that stays cannot be read: then nothing is
/// removed. [`BackupError::Io`].
pub fn keep_last(destination: &dyn Destination, num_kept: usize) -> Result<Removed> {
    let all = catalogue::list(destination)?;
    let (old, kept) = all.split_at(all.len().saturating_sub(num_kept));
    let kept =
        kept.iter().map(|(_, file)| Backup::read_from(destination, file)).collect::<Result<Vec<_>>>()?;
    let needed: HashSet<&str> =
        kept.iter().flat_map(|backup| &backup.files).map(|file| file.object.as_str()).collect();
    let mut removed = Removed::default();
    // Catalogues first: one that is there names only what is there.
    for (_, file) in old {
        remove(destination, &format!("{BACKUPS}/{file}"))?;
        removed.num_backups += 1;
    }
    for (object, num_bytes) in
        destination.list(OBJECTS).map_err(BackupError::io("list", at(destination, OBJECTS)))?
    {
        if !needed.contains(object.as_str()) {
            remove(destination, &format!("{OBJECTS}/{object}"))?;
            removed.num_files += 1;
            removed.num_bytes += num_bytes;
        }
    }
    Ok(removed)
}

fn remove(destination: &dyn Destination, name: &str) -> Result<()> {
    destination.remove(name).map_err(BackupError::io("remove", at(destination, name)))
}
