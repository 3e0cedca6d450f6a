use super::open;
use crate::Result;
use crate::backend::Backend;
use crate::header::FORMAT_VERSION;
use crate::held::hold_lent;
use crate::manifest::{self, Manifest};
use std::time::Duration;

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
/// Waits at most `lock_wait` for a writer that holds it. Cost: all files are opened first, so that a damaged collection stays as it is; no document is written anew.
///
/// # Errors
/// [`StoreError::Locked`], [`StoreError::NotACollection`], [`StoreError::Version`], [`StoreError::Corrupt`] or
/// [`StoreError::Io`].
pub fn upgrade(backend: &dyn Backend, lock_wait: Duration) -> Result<Upgraded> {
    manifest::read_header(backend)?;
    let held = hold_lent(backend, lock_wait)?;
    let backend = &*held.backend;
    let (header, manifest) = manifest::read(backend)?;
    let upgraded = Upgraded { from: header.version, to: FORMAT_VERSION };
    if upgraded.from != upgraded.to {
        open::load_sound(backend, &manifest, header.file_bytes())?;
        let next = Manifest { generation: manifest.generation + 1, ..manifest };
        manifest::write(backend, &next, Some(&header))?;
    }
    Ok(upgraded)
}
