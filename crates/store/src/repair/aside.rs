use super::Repair;
use crate::backend::Backend;
use crate::manifest::FILE;
use crate::named::kept_files;
use crate::{Result, StoreError};

/// What the names of damaged files begin with, once they no longer count.
const PREFIX: &str = "damaged-";

impl Repair<'_> {
    /// Gives the damaged files names that nobody takes for parts of the collection; those that a snapshot names too
    /// stay where they are.
    pub(super) fn put_aside(&mut self, generation: u64) -> Result<()> {
        let files = self.backend.list().map_err(StoreError::io("list", &self.backend.describe()))?;
        let kept = kept_files(self.backend, &files).unwrap_or_default();
        // The damaged manifest is replaced already: its one flipped bit is in the report.
        let is_free = |file: &&String| *file != FILE && files.contains(file) && !kept.contains(*file);
        for file in self.damaged.iter().filter(is_free) {
            let aside = format!("{PREFIX}{generation}-{file}");
            self.backend.rename(file, &aside).map_err(StoreError::io("rename", file))?;
            self.report.aside.push(aside);
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
    files.retain(|file| file.starts_with(PREFIX));
    files.sort();
    for file in &files {
        backend.remove(file).map_err(StoreError::io("remove", file))?;
    }
    Ok(files)
}
