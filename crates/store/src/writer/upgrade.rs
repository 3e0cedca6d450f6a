use super::open;
use crate::backend::Backend;
use crate::blob::{self, Owner};
use crate::header::FORMAT_VERSION;
use crate::held::hold_lent;
use crate::manifest::{self, Manifest};
use crate::view::State;
use crate::{Result, StoreError};
use std::time::Duration;

/// The outcome of an [`upgrade`].
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
/// Waits at most `lock_wait` for a writer that holds it. Cost: all files are opened first, so that a damaged collection stays as it is; no document is written anew, assets are.
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
        let state = open::load_sound(backend, &manifest, header.file_bytes())?;
        let mut next = Manifest { generation: manifest.generation + 1, ..manifest };
        keep_assets_twice(backend, &state, &mut next)?;
        manifest::write(backend, &next, Some(&header))?;
    }
    Ok(upgraded)
}

/// Writes the assets of an older collection, which had them once, a second time, durably.
fn keep_assets_twice(backend: &dyn Backend, state: &State, next: &mut Manifest) -> Result<()> {
    for at in 0..next.assets.len() {
        let name = next.assets[at].name.clone();
        if let (None, Some(blob)) = (next.assets[at].copy, state.assets.get(&name)) {
            let number = next.take_number();
            let copy = blob::write(backend, Owner::Collection, number, &name, blob.bytes()?)?;
            next.assets[at].copy = Some(copy.file);
        }
    }
    backend.sync_folder().map_err(StoreError::io("sync the folder", &backend.describe()))
}
