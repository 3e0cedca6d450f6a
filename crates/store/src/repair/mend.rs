use super::salvage::salvage;
use super::{Repair, judge};
use crate::backend::FileBytes;
use crate::checksummed::{Checksummed, ChecksummedFile};
use crate::header::Kind;
use crate::names::{self, MANIFEST as FILE, NEW};
use crate::{Result, StoreError};

/// A way to make the bytes of a damaged file again.
#[derive(Debug, Clone)]
pub(super) enum Mend {
    /// From what its checksums say.
    Salvage(ChecksummedFile),
    /// They are these.
    Bytes(Vec<u8>),
}

impl Repair<'_> {
    /// The readable part of a damaged file, and whether that is all of it: then the file will be put right, and what was
    /// wrong with it is reported.
    ///
    /// # Errors
    /// Those of the system that are no damage.
    pub(super) fn salvaged_file(
        &mut self,
        record: &ChecksummedFile,
        file: &str,
        kind: Kind,
    ) -> Result<Option<(Checksummed, bool)>> {
        let Ok(found) = judge(self.map(file))? else { return Ok(None) };
        let Some(salvaged) = salvage(&found, record, kind) else { return Ok(None) };
        let (notes, is_whole) = (salvaged.notes.clone(), salvaged.is_whole);
        let Ok(sealed) = judge(salvaged.open(file, kind, record.number))? else { return Ok(None) };
        if is_whole {
            self.mends.insert(file.to_owned(), Mend::Salvage(*record));
        }
        notes.into_iter().for_each(|note| self.restored(file, note));
        Ok(Some((sealed, is_whole)))
    }

    fn map(&self, file: &str) -> Result<FileBytes> {
        self.backend.map(file).map_err(StoreError::io("map", file))
    }

    /// Puts the files right of which every byte is known; what was there is kept as a copy. Each is replaced as a whole,
    /// by the bytes that everybody who names it expects: the order in which a crash finds them is of no account.
    pub(super) fn mend_files(&mut self, generation: u64) -> Result<()> {
        for (file, mend) in std::mem::take(&mut self.mends) {
            let found = judge(self.map(&file))?.ok();
            // Of the manifest the changed bit is in the report, and its name among those files is the note's.
            let copy = (file != FILE && found.is_some()).then(|| names::quarantined(generation, &file));
            let found = found.unwrap_or_else(|| FileBytes::copy_of(&[]));
            let mended = match mend {
                Mend::Bytes(bytes) => FileBytes::copy_of(&bytes),
                Mend::Salvage(record) => {
                    let kind = kind_of(&file);
                    let salvaged = salvage(&found, &record, kind).filter(|salvaged| salvaged.is_whole);
                    let changed = || StoreError::corrupt(&file, 0, "it changed while it was repaired");
                    salvaged.ok_or_else(changed)?.into_bytes()
                }
            };
            if let Some(copy) = copy {
                self.write_file(&copy, &found)?;
                self.sync_folder()?;
                self.report.quarantined.push(copy);
            }
            self.write_file(NEW, &mended)?;
            self.backend.rename(NEW, &file).map_err(StoreError::io("rename", NEW))?;
            self.sync_folder()?;
        }
        Ok(())
    }

    fn write_file(&self, file: &str, bytes: &[u8]) -> Result<()> {
        let mut created = self.backend.create(file).map_err(StoreError::io("create", file))?;
        created.write(bytes).map_err(StoreError::io("write", file))?;
        created.sync().map_err(StoreError::io("sync", file))
    }

    fn sync_folder(&self) -> Result<()> {
        self.backend.sync_folder().map_err(StoreError::io("sync the folder", &self.backend.describe()))
    }
}

/// The kind of a file that is covered block by block.
fn kind_of(file: &str) -> Kind {
    match file.split('-').next() {
        Some("asset") => Kind::Asset,
        Some("attachment") => Kind::Attachment,
        _ => Kind::Segment,
    }
}
