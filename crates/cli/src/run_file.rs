use crate::exit::{Failure, Result};
use pleiad::Answer;
use pleiad_evaluate::{Run, RunEntry};
use std::fs::{self, File, OpenOptions};
use std::io::BufWriter;
use std::path::Path;

/// The name of the system in a TREC run file.
const TAG: &str = "pleiad";

/// One answer in the words of a run.
pub(crate) fn entries(answer: &Answer) -> Vec<RunEntry> {
    let entry = |hit: &pleiad::Hit| RunEntry { document: hit.key.to_string(), score: hit.score.get() };
    answer.hits.iter().map(entry).collect()
}

/// A file for a run, opened before the search: what cannot be written is known before the work.
pub(crate) struct RunFile<'a> {
    path: &'a Path,
    file: File,
    /// True where the file is new and empty.
    is_empty: bool,
}

impl<'a> RunFile<'a> {
    /// Opens the file and leaves what it holds.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn create(path: &'a Path) -> Result<Self> {
        let is_empty = !path.exists();
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| Failure::io(format!("cannot write {}", path.display()), &error))?;
        Ok(Self { path, file, is_empty })
    }

    /// Writes a run in TREC's format in place of what the file held.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write(mut self, run: &Run) -> Result<()> {
        let refused =
            |error: std::io::Error| Failure::io(format!("cannot write {}", self.path.display()), &error);
        // Devices and pipes have no length.
        if self.file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            self.file.set_len(0).map_err(refused)?;
        }
        run.write_to(BufWriter::new(&self.file), TAG).map_err(refused)?;
        self.is_empty = false;
        Ok(())
    }
}

impl Drop for RunFile<'_> {
    /// Removes a new file if the search failed; the message of that matters more than an empty file that stays.
    fn drop(&mut self) {
        if self.is_empty {
            drop(fs::remove_file(self.path));
        }
    }
}
