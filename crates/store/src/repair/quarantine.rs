use super::Repair;
use crate::backend::Backend;
use crate::manifest::{self, FILE, Manifest};
use crate::named::kept_files;
use crate::names;
use crate::{Result, StoreError};
use std::sync::Arc;

impl Repair<'_> {
    /// Keeps how the damaged files are named in the collection, for whoever takes them back: the manifest as it was, with
    /// the rows that the log deleted.
    pub(super) fn write_note(&self, was: &Manifest, generation: u64) -> Result<()> {
        let mut note = was.clone();
        for record in &mut note.segments {
            if let Some(deleted) = self.deleted.get(&record.file.number) {
                record.deleted = Arc::clone(deleted);
            }
        }
        manifest::write_as(self.backend, &note, &names::quarantined(generation, FILE))
    }

    /// Gives the damaged files names that nobody takes for parts of the collection; those that a snapshot names too
    /// stay where they are.
    pub(super) fn quarantine(&mut self, generation: u64) -> Result<()> {
        let files = self.backend.list().map_err(StoreError::io("list", &self.backend.describe()))?;
        let kept = kept_files(self.backend, &files)?.unwrap_or_default();
        // The damaged manifest is replaced already: its flipped bits are in the report.
        let is_free = |file: &&String| *file != FILE && files.contains(file) && !kept.contains(*file);
        for file in self.damaged.iter().filter(is_free) {
            let quarantined = names::quarantined(generation, file);
            self.backend.rename(file, &quarantined).map_err(StoreError::io("rename", file))?;
            self.report.quarantined.push(quarantined);
        }
        self.backend.sync_folder().map_err(StoreError::io("sync the folder", &self.backend.describe()))
    }
}

/// Removes the damaged files that repairs kept; returns their names.
///
/// # Errors
/// [`StoreError::Io`].
pub fn discard_damaged(backend: &dyn Backend) -> Result<Vec<String>> {
    let mut files = backend.list().map_err(StoreError::io("list", &backend.describe()))?;
    files.retain(|file| names::quarantined_of(file).is_some());
    files.sort();
    for file in &files {
        backend.remove(file).map_err(StoreError::io("remove", file))?;
    }
    files.retain(|file| names::quarantined_of(file).is_some_and(|(_, was)| was != FILE));
    Ok(files)
}
