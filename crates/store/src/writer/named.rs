use super::files::remove_orphans;
use super::store_writer::StoreWriter;
use crate::manifest::{self, Manifest};
use crate::names::{snapshot as file_name, snapshot_of as name_of};
use crate::{Result, StoreError};

impl StoreWriter {
    /// Keeps the present state under a name, until [`StoreWriter::drop_snapshot`]. When this returns, that is durable.
    ///
    /// Cost: a [`flush`](StoreWriter::flush), and a file of the manifest's size. Later, the space of what has been
    /// deleted or merged since.
    ///
    /// # Errors
    /// [`StoreError::SnapshotName`], [`StoreError::SnapshotExists`]; otherwise as [`StoreWriter::flush`].
    pub fn name_snapshot(&mut self, name: &str) -> Result<()> {
        let file = file_name(name)?;
        self.check_usable()?;
        self.check_in_place()?;
        if self.snapshot_files()?.contains(&file) {
            return Err(StoreError::SnapshotExists { name: name.to_owned() });
        }
        self.flush()?;
        self.durably(|writer| {
            let kept = Manifest { log: None, ..writer.manifest.clone() };
            manifest::write_as(&*writer.backend, &kept, &file)
        })
    }

    /// Gives up a snapshot: what it alone kept is removed. Readers that have it open keep it.
    ///
    /// # Errors
    /// [`StoreError::NoSnapshot`], [`StoreError::Poisoned`] or [`StoreError::Io`].
    pub fn drop_snapshot(&mut self, name: &str) -> Result<()> {
        let file = file_name(name)?;
        self.check_usable()?;
        self.check_in_place()?;
        if !self.snapshot_files()?.contains(&file) {
            return Err(StoreError::NoSnapshot { name: name.to_owned() });
        }
        self.durably(|writer| {
            let backend = &*writer.backend;
            backend.remove(&file).map_err(StoreError::io("remove", &file))?;
            backend.sync_folder().map_err(StoreError::io("sync the folder", &backend.describe()))?;
            remove_orphans(backend, &writer.manifest, &writer.claims)
        })
    }

    /// The files of snapshots.
    fn snapshot_files(&self) -> Result<Vec<String>> {
        let backend = &*self.backend;
        let mut files = backend.list().map_err(StoreError::io("list", &backend.describe()))?;
        files.retain(|file| name_of(file).is_some());
        Ok(files)
    }
}
