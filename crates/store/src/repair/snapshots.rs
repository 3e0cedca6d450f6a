use super::manifest::PutBack;
use super::mend::Mend;
use super::{Repair, RepairEvent, judge, manifest};
use crate::blob::Owner;
use crate::header::Kind;
use crate::manifest::{Manifest, SegmentRecord, read_as};
use crate::names;
use crate::verify::check_part;
use crate::view::{PartId, PartView};
use crate::{Result, StoreError, segment};
use std::sync::Arc;

impl Repair<'_> {
    /// Puts the files right that named snapshots keep, as far as every byte of them is known, and reports the snapshots
    /// that stay damaged.
    pub(super) fn snapshots(&mut self) -> Result<()> {
        let files = self.backend.list().map_err(StoreError::io("list", &self.backend.describe()))?;
        self.is_of_collection = false;
        for file in &files {
            let Some(name) = names::snapshot_of(file) else { continue };
            if let Err(error) = self.snapshot(file)? {
                self.report(RepairEvent::DamagedSnapshot { name: name.to_owned(), why: error.to_string() });
            }
        }
        Ok(())
    }

    fn snapshot(&mut self, file: &str) -> Result<std::result::Result<(), StoreError>> {
        let snapshot = match judge(read_as(self.backend, file))? {
            Ok((_, snapshot)) => snapshot,
            Err(error) => {
                let bytes = self.backend.read_all(file).map_err(StoreError::io("read", file))?;
                let Some(PutBack { what, bytes, read: (_, snapshot) }) =
                    manifest::put_back(self.backend, bytes, file)?
                else {
                    return Ok(Err(error));
                };
                self.restored(file, what);
                self.mends.insert(file.to_owned(), Mend::Bytes(bytes));
                snapshot
            }
        };
        for record in &snapshot.segments {
            if let Err(error) = self.snapshot_segment(&snapshot, record)? {
                return Ok(Err(error));
            }
        }
        let blobs = snapshot.segments.iter().flat_map(|segment| &segment.attachments);
        let blobs = blobs.map(|blob| (Owner::Segment, blob));
        for (owner, blob) in blobs.chain(snapshot.assets.iter().map(|blob| (Owner::Collection, blob))) {
            let names: Vec<String> = blob.files().map(|file| owner.file_name(file.number)).collect();
            let is_lost = names.iter().any(|file| self.damaged.contains(file));
            let is_mended = names.iter().any(|file| self.mends.contains_key(file));
            if is_lost || !is_mended && !self.is_readable(owner, blob)? {
                return Ok(Err(was_damaged(&names[0])));
            }
        }
        Ok(Ok(()))
    }

    /// Nothing wrong with a segment of a snapshot, or nothing any more, or what is.
    fn snapshot_segment(
        &mut self,
        snapshot: &Manifest,
        record: &SegmentRecord,
    ) -> Result<std::result::Result<(), StoreError>> {
        let file = segment::file_name(record.file.number);
        if self.damaged.contains(&file) {
            return Ok(Err(was_damaged(&file)));
        }
        if self.mends.contains_key(&file) {
            return Ok(Ok(()));
        }
        let widths = snapshot.layout.widths();
        let check = |rows| {
            let (id, deleted) = (PartId::Segment(record.file.number), Arc::clone(&record.deleted));
            check_part(&PartView::new(id, Arc::new(rows), deleted, &snapshot.layout, record.file.file_bytes))
        };
        let Err(error) = judge(segment::open(self.backend, record, &widths).and_then(check))? else {
            return Ok(Ok(()));
        };
        let Some((sealed, true)) = self.salvaged_file(&record.file, &file, Kind::Segment)? else {
            return Ok(Err(error));
        };
        let checked = judge(segment::read(sealed, &file, record, &widths).and_then(check))?;
        if checked.is_err() {
            self.mends.remove(&file);
        }
        Ok(checked)
    }
}

fn was_damaged(file: &str) -> StoreError {
    StoreError::corrupt(file, 0, "it is damaged")
}
