use super::{LOCK_FILE, open};
use crate::backend::Backend;
use crate::header::FORMAT_VERSION;
use crate::manifest::{self, Manifest};
use crate::store::missing_file;
use crate::{Result, StoreError};

/// What [`upgrade`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upgraded {
    /// The format version that the collection had.
    pub from: u32,
    /// The one that it has now; the same when nothing was to do.
    pub to: u32,
}

/// Brings a collection to the format that this release writes, in one new manifest: it is of the old version or of
/// the new one, whatever happens. Readers are not disturbed; older releases cannot read it afterwards.
///
/// Cost: all files are opened first, so that a damaged collection stays as it is; no document is written anew.
///
/// # Errors
/// [`StoreError::Locked`], [`StoreError::NotACollection`], [`StoreError::Version`], [`StoreError::Corrupt`] or
/// [`StoreError::Io`].
pub fn upgrade(backend: &dyn Backend) -> Result<Upgraded> {
    manifest::read_header(backend)?;
    let _lock = backend
        .lock(LOCK_FILE)
        .map_err(StoreError::io("lock", LOCK_FILE))?
        .ok_or_else(|| StoreError::Locked { folder: backend.describe() })?;
    let (header, manifest) = manifest::read(backend)?;
    let upgraded = Upgraded { from: header.version, to: FORMAT_VERSION };
    if upgraded.from != upgraded.to {
        open::load(backend, &manifest, header.file_bytes()).map_err(missing_file)?;
        manifest::write(backend, &Manifest { generation: manifest.generation + 1, ..manifest })?;
    }
    Ok(upgraded)
}
