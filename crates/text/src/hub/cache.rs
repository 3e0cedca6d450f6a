//! The layout of the hub's own client: `models--org--name/blobs/ETAG` holds bytes, `snapshots/REVISION/FILE` links to
//! them, `refs/main` names the revision.

use super::client::RemoteFile;
use crate::error::{Error, ErrorKind, Result};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of one model.
pub(super) struct Cache {
    root: PathBuf,
}

impl Cache {
    pub(super) fn open(root: &Path) -> Result<Self> {
        let cache = Self { root: root.to_owned() };
        cache.make(&cache.root.join("blobs"))?;
        Ok(cache)
    }

    fn refused(&self, error: &io::Error) -> Error {
        Error::io(format!("cannot write {}", self.root.display()), error)
    }

    fn make(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(|error| self.refused(&error))
    }

    /// Has the bytes of a file: as they are there, or by `fetch`, which is given the file that grows.
    pub(super) fn take(&self, file: &RemoteFile, fetch: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let blob = self.blob(file);
        if blob.metadata().is_ok_and(|found| found.len() == file.num_bytes) {
            return Ok(());
        }
        let part = blob.with_extension("incomplete");
        fetch(&part)?;
        fs::rename(&part, &blob).map_err(|error| self.refused(&error))
    }

    fn blob(&self, file: &RemoteFile) -> PathBuf {
        self.root.join("blobs").join(&file.etag)
    }

    pub(super) fn snapshot(&self, revision: &str) -> PathBuf {
        self.root.join("snapshots").join(revision)
    }

    /// Puts a file into the folder of a revision.
    pub(super) fn link(&self, revision: &str, file: &RemoteFile) -> Result<()> {
        let place = self.snapshot(revision).join(&file.name);
        if let Some(folder) = place.parent() {
            self.make(folder)?;
        }
        let is_there = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
        match self.point(&place, file) {
            Err(error)
                if is_there(&error) && place.metadata().is_ok_and(|found| found.len() == file.num_bytes) =>
            {
                Ok(())
            }
            // A link to something that is gone, or the file of another revision.
            Err(error) if is_there(&error) => fs::remove_file(&place).and_then(|()| self.point(&place, file)),
            outcome => outcome,
        }
        .map_err(|error| self.refused(&error))
    }

    #[cfg(unix)]
    fn point(&self, place: &Path, file: &RemoteFile) -> io::Result<()> {
        let up = "../".repeat(2 + file.name.matches('/').count());
        std::os::unix::fs::symlink(format!("{up}blobs/{}", file.etag), place)
    }

    #[cfg(not(unix))]
    fn point(&self, place: &Path, file: &RemoteFile) -> io::Result<()> {
        fs::hard_link(self.blob(file), place)
    }

    /// Names the revision that is all there.
    pub(super) fn name(&self, revision: &str) -> Result<()> {
        let refs = self.root.join("refs");
        self.make(&refs)?;
        let new = refs.join("main.incomplete");
        fs::write(&new, revision).and_then(|()| fs::rename(&new, refs.join("main"))).map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot write {}: {error}", refs.display()))
        })
    }
}
