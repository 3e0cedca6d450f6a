use crate::backend::Backend;
use crate::manifest::{self, Manifest};
use crate::names::{snapshot as file_name, snapshot_of as name_of};
use crate::{Result, StoreError};
use std::collections::BTreeSet;

/// A snapshot that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSnapshot {
    /// Its name.
    pub name: String,
    /// The last batch in it.
    pub sequence: u64,
    /// Its documents.
    pub num_documents: u64,
    /// Bytes of its files. Those that the collection still has are no cost.
    pub file_bytes: u64,
}

/// The named snapshots of a collection, by name. Cost: one small file each.
///
/// # Errors
/// [`StoreError::Io`], or [`StoreError::Corrupt`] for a damaged one.
pub fn snapshots(backend: &dyn Backend) -> Result<Vec<NamedSnapshot>> {
    let mut files = backend.list().map_err(StoreError::io("list", &backend.describe()))?;
    files.sort();
    let names = files.iter().filter_map(|file| name_of(file));
    names
        .map(|name| {
            let manifest = read(backend, name)?;
            let live = manifest.segments.iter().map(|part| u64::from(part.num_rows) - part.deleted.len());
            Ok(NamedSnapshot {
                name: name.to_owned(),
                sequence: manifest.sequence,
                num_documents: live.sum(),
                file_bytes: manifest.segments.iter().map(|segment| segment.file.file_bytes).sum(),
            })
        })
        .collect()
}

/// The manifest of a snapshot.
pub(crate) fn read(backend: &dyn Backend, name: &str) -> Result<Manifest> {
    let file = file_name(name)?;
    match manifest::read_as(backend, &file) {
        Ok((_, manifest)) => Ok(manifest),
        Err(error) if error.is_missing_file() => Err(StoreError::NoSnapshot { name: name.to_owned() }),
        Err(error) => Err(error),
    }
}

/// The files that snapshots keep, of a folder with these files; nothing when one is damaged: nobody knows then what it
/// keeps.
///
/// # Errors
/// [`StoreError::Io`] for one that the system does not let be read.
pub(crate) fn kept_files(backend: &dyn Backend, files: &[String]) -> Result<Option<BTreeSet<String>>> {
    let mut kept = BTreeSet::new();
    for name in files.iter().filter_map(|file| name_of(file)) {
        match read(backend, name) {
            Ok(manifest) => kept.extend(manifest.files().map(|(file, _)| file)),
            Err(error @ StoreError::Io { .. }) => return Err(error),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(kept))
}
