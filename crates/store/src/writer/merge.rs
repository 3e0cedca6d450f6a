use super::checkpoint::Replaced;
use super::claims::Claim;
use super::store_writer::StoreWriter;
use super::{files, plan};
use crate::backend::{Backend, LockGuard};
use crate::blob::{self, Owner};
use crate::manifest::SegmentRecord;
use crate::rows::RowSource;
use crate::segment::{self, Copied};
use crate::view::{PartId, PartView, View};
use crate::{Result, StoreError};
use roaring::RoaringBitmap;
use std::sync::Arc;

/// Most attachments that [`Merged::attach`] takes.
const MAX_ATTACHMENTS: u64 = 16;

/// The segments to merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeChoice {
    /// Those of which a merge is due: tiers that are full, and segments with many deleted rows. The smallest first.
    Due,
    /// All of them, unless that would make no fewer and none has deleted rows. The smallest group first.
    All,
}

/// Segments that are to become one. It needs nothing of the writer that made it: run it on any thread, while the
/// writer goes on, and give the outcome to [`StoreWriter::install`].
///
/// The collection stays locked until it is dropped. Dropped without being installed, it leaves at most files that
/// no manifest names and the next change of the manifest removes.
pub struct MergeJob {
    backend: Arc<dyn Backend>,
    sources: Vec<PartView>,
    claim: Arc<Claim>,
    lock: Arc<dyn LockGuard>,
    has_key_order: bool,
}

/// One segment in the place of several, complete on the disk and not part of the collection yet.
pub struct Merged {
    backend: Arc<dyn Backend>,
    pub(super) sources: Vec<PartView>,
    /// Nothing when no row was live.
    pub(super) record: Option<SegmentRecord>,
    part: Option<PartView>,
    claim: Arc<Claim>,
    _lock: Arc<dyn LockGuard>,
}

impl StoreWriter {
    /// Work that makes fewer segments, or `None` when nothing is to do or such work is under way already. Nothing is
    /// joined to more than `max_rows` rows, which is what a merge takes memory for. Cost: O(parts); nothing is read or
    /// written yet. The log is left alone.
    pub fn merge_job(&mut self, choice: MergeChoice, max_rows: u64) -> Option<MergeJob> {
        if self.claims.is_any() {
            return None;
        }
        let units = plan::units(&self.view);
        let segments: Vec<_> = units.into_iter().filter(|unit| !unit.is_log).collect();
        let groups = match choice {
            MergeChoice::Due => plan::due(&segments, max_rows),
            MergeChoice::All => plan::all(&segments, max_rows),
        };
        let bytes =
            |group: &Vec<usize>| -> u64 { group.iter().map(|&at| self.view.parts()[at].file_bytes()).sum() };
        let group = groups.into_iter().min_by_key(bytes)?;
        let first = self.manifest.next_number;
        self.manifest.next_number += 1 + MAX_ATTACHMENTS;
        let claim = self.claims.add(first..self.manifest.next_number);
        let sources = group.into_iter().map(|at| self.view.parts()[at].clone()).collect();
        let (backend, lock) = (Arc::clone(&self.backend), Arc::clone(&self.lock));
        Some(MergeJob { backend, sources, claim, lock, has_key_order: self.options.has_key_order })
    }

    /// Puts a merged segment in the place of those that it was made of, without the rows that were deleted
    /// meanwhile. The log becomes a segment too, since its batches name rows of the old ones. False, and nothing is
    /// changed, when some of those are gone.
    ///
    /// Cost: as a [`flush`](StoreWriter::flush), and O(rows deleted meanwhile).
    ///
    /// # Errors
    /// As [`StoreWriter::flush`].
    pub fn install(&mut self, merged: Merged) -> Result<bool> {
        self.check_usable()?;
        let Some(replaced) = replaced(&self.view, &merged)? else { return Ok(false) };
        self.durably(|writer| {
            let log = plan::log(&plan::units(&writer.view));
            writer.move_on(&log, Some(replaced))
        })?;
        drop(merged);
        files::remove_orphans(&*self.backend, &self.manifest, &self.claims)?;
        Ok(true)
    }

    /// Merges what is due, here and now. Cost: every merged segment is written once more.
    ///
    /// # Errors
    /// As [`StoreWriter::flush`]; [`StoreError::Corrupt`] when a row that must be copied is damaged leaves the
    /// collection as it is.
    pub fn merge_due(&mut self) -> Result<()> {
        self.check_usable()?;
        while let Some(job) = self.merge_job(MergeChoice::Due, u64::MAX) {
            let merged = job.run()?;
            self.install(merged)?;
        }
        Ok(())
    }
}

impl MergeJob {
    /// The segments that become one.
    pub fn parts(&self) -> impl Iterator<Item = PartId> {
        self.sources.iter().map(PartView::part_id)
    }

    /// Writes the new segment, makes it durable and compares it with its checksums. Cost: every live row is read twice
    /// and written once; about 40 bytes of memory per row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a row is damaged, [`StoreError::Io`]. The collection is what it was, and its
    /// writer is not poisoned: nothing that counts was written.
    pub fn run(self) -> Result<Merged> {
        let Self { backend, sources, claim, lock, has_key_order } = self;
        let rows = Copied::new(sources.iter().collect(), has_key_order)?;
        let (mut record, mut part) = (None, None);
        if let (true, Some(source)) = (rows.num_rows() > 0, sources.first()) {
            let widths = source.layout().widths();
            let written = segment::write(&*backend, claim.numbers.start, &rows, &widths)?;
            let opened = Arc::new(segment::read_back(&*backend, &written, &widths)?);
            let id = PartId::Segment(written.file.number);
            let file_bytes = written.file.file_bytes;
            part = Some(PartView::new(id, opened, Arc::default(), source.layout(), file_bytes));
            record = Some(written);
        }
        Ok(Merged { backend, sources, record, part, claim, _lock: lock })
    }
}

impl Merged {
    /// The new segment, from which attachments can be made; nothing when no row was live.
    pub fn part(&self) -> Option<&PartView> {
        self.part.as_ref()
    }

    /// Gives the new segment an attachment, durable and in force once it is installed. Nothing is done when there is no
    /// segment.
    ///
    /// # Errors
    /// [`StoreError::Limit`] for a name that cannot be one or more than 16 attachments, [`StoreError::Io`].
    pub fn attach(&mut self, name: &str, content: &[u8]) -> Result<()> {
        blob::check_name(name)?;
        let Some(record) = &mut self.record else { return Ok(()) };
        let number = record.attachments.iter().map(|blob| blob.file.number).max();
        let number = number.unwrap_or(self.claim.numbers.start) + 1;
        if !self.claim.numbers.contains(&number) {
            let found = MAX_ATTACHMENTS + 1;
            return Err(StoreError::Limit { what: "a number of attachments", found, limit: MAX_ATTACHMENTS });
        }
        let written = blob::write(&*self.backend, Owner::Segment, number, name, content)?;
        blob::insert(&mut record.attachments, written);
        Ok(())
    }
}

/// The change of the manifest, with the rows that were deleted since the work began; `None` when a source is gone.
///
/// # Errors
/// [`StoreError::Corrupt`] when the key of one of those cannot be read.
fn replaced(view: &View, merged: &Merged) -> Result<Option<Replaced>> {
    let mut deleted = RoaringBitmap::new();
    for then in &merged.sources {
        let Some(now) = view.parts().iter().find(|part| part.part_id() == then.part_id()) else {
            return Ok(None);
        };
        for row in now.deleted() - then.deleted() {
            // A row that was live then stands in the new segment, and no other one of its key does.
            let place = merged.part.as_ref().map(|part| part.rows().find(now.key(row)?)).transpose()?;
            deleted.extend(place.flatten());
        }
    }
    let sources = merged.sources.iter().map(PartView::part_id).collect();
    let record = merged.record.clone().map(|record| SegmentRecord { deleted: deleted.into(), ..record });
    Ok(Some(Replaced { sources, record, part: merged.part.clone() }))
}
