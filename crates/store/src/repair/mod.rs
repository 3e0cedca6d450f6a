//! Makes a damaged collection whole again, without what cannot be read.
//!
//! Damage is bytes that are not what was written, and files that are not there. Any other error of the system says
//! nothing about the bytes: it ends the repair before anything is changed.

mod bit_flip;
mod blobs;
mod event;
mod log;
mod manifest;
mod mend;
mod quarantine;
mod rows;
mod salvage;
mod segments;
mod snapshots;
mod take_back;

pub use event::{RepairEvent, RepairReport};
pub use quarantine::discard_damaged;
pub use take_back::{TakeBackEvent, TakeBackReport, take_back};

use crate::backend::Backend;
use crate::header::Header;
use crate::held::hold_lent;
use crate::manifest::Manifest;
use crate::view::{PartId, PartView, State, View};
use crate::writer::{Claims, checkpoint, remove_orphans};
use crate::{Result, RoaringBitmap, StoreError, segment};
use mend::Mend;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// State that the steps of a repair share.
struct Repair<'a> {
    backend: &'a dyn Backend,
    on_event: &'a mut dyn FnMut(RepairEvent),
    report: RepairReport,
    /// Files of the collection that did not fit, and of which the new state takes what can be read.
    damaged: BTreeSet<String>,
    /// Files of which every byte is known again, by name.
    mends: BTreeMap<String, Mend>,
    /// Segments of which nothing can be read.
    lost: Vec<LostSegment>,
    /// The deleted rows of each segment after the log, by its number.
    deleted: BTreeMap<u64, Arc<RoaringBitmap>>,
    /// True while files of the collection are looked at, not those that only snapshots name.
    is_of_collection: bool,
    /// True once the collection needs a new manifest.
    is_changed: bool,
}

/// A segment of which nothing can be read: its documents are counted once the log has told which of them were live.
struct LostSegment {
    number: u64,
    num_rows: u32,
    deleted: RoaringBitmap,
    why: String,
}

/// Tells damage, which a repair works on, from other errors, which end it.
fn judge<T>(result: Result<T>) -> Result<std::result::Result<T, StoreError>> {
    match result {
        Err(error) if !error.is_damage() => Err(error),
        judged => Ok(judged),
    }
}

impl<'a> Repair<'a> {
    fn new(backend: &'a dyn Backend, on_event: &'a mut dyn FnMut(RepairEvent)) -> Self {
        let (damaged, mends, lost, deleted) = Default::default();
        let report = RepairReport::default();
        Self {
            backend,
            on_event,
            report,
            damaged,
            mends,
            lost,
            deleted,
            is_of_collection: true,
            is_changed: false,
        }
    }

    fn report(&mut self, event: RepairEvent) {
        self.report.count(&event);
        (self.on_event)(event);
    }

    fn restored(&mut self, file: &str, what: impl Into<String>) {
        self.report(RepairEvent::Restored { file: file.to_owned(), what: what.into() });
    }

    /// A file of the collection of which some or all is lost.
    fn is_damaged(&mut self, file: &str) {
        self.damaged.insert(file.to_owned());
        self.is_changed = true;
    }
}

/// Makes a damaged collection whole again. Two wrong bits of a file are put back wherever they are, of the log one in each
/// batch; more of them where checksums tell which they were. What else cannot be read is left out, and reported to
/// `on_event` piece by piece. Nothing is written when nothing is wrong.
///
/// A file of which every byte is known again takes the place of the damaged one, for the collection and for the
/// named snapshots that share it. All else takes effect in one step, as a merge does: a crash leaves the old state, or
/// the new one. Damaged files stay in the folder under other names, until [`discard_damaged`] or [`take_back`].
///
/// Waits at most `lock_wait` for a writer. Cost: every byte is read, damaged segments and the log are written anew;
/// memory for the largest damaged segment and for all keys.
///
/// # Errors
/// [`StoreError::Locked`], [`StoreError::NotACollection`], [`StoreError::Version`], [`StoreError::Outdated`];
/// [`StoreError::Corrupt`] when the manifest itself is damaged beyond two bits: without it nothing says which files
/// count. [`StoreError::Io`] when the system refuses to open, read or map a file: its bytes may be sound, so nothing is
/// changed then.
pub fn repair(
    backend: &dyn Backend,
    lock_wait: Duration,
    on_event: &mut dyn FnMut(RepairEvent),
) -> Result<RepairReport> {
    let files = match backend.list() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        files => files.map_err(StoreError::io("list", &backend.describe()))?,
    };
    if !files.iter().any(|file| file == crate::manifest::FILE) {
        crate::manifest::read_header(backend)?;
    }
    let held = hold_lent(backend, lock_wait)?;
    let mut repair = Repair::new(&*held.backend, on_event);
    let (header, was) = repair.manifest()?;
    let mut manifest = was.clone();
    repair.blobs(&mut manifest)?;
    let state = repair.state(&manifest, header.file_bytes())?;
    repair.report.num_documents = state.num_documents;
    repair.snapshots()?;
    repair.install(&header, &was, &manifest, state)?;
    Ok(repair.report)
}

impl Repair<'_> {
    /// All that can be read, each document in one part.
    fn state(&mut self, manifest: &Manifest, manifest_bytes: u64) -> Result<State> {
        let batches = self.batches(manifest)?;
        // Documents whose ids are lost get some that nobody was given.
        let next_id = batches.iter().map(|(batch, _)| batch.next_id).fold(manifest.next_id, u64::max);
        let parts = self.segments(manifest, next_id)?;
        let mut state = State::new(manifest, parts, manifest_bytes);
        for (batch, frame_bytes) in batches {
            self.add(&mut state, batch, frame_bytes);
        }
        self.remember_deleted(&state.parts);
        for LostSegment { number, num_rows, deleted, why } in std::mem::take(&mut self.lost) {
            let num_documents = u64::from(num_rows) - deleted.len();
            self.deleted.insert(number, Arc::new(deleted));
            self.report(RepairEvent::LostFile { file: segment::file_name(number), num_documents, why });
        }
        self.settle(&mut state);
        Ok(state)
    }

    fn remember_deleted(&mut self, parts: &[PartView]) {
        for part in parts {
            if let PartId::Segment(number) = part.part_id() {
                self.deleted.insert(number, Arc::clone(part.shared_deleted()));
            }
        }
    }

    /// Writes what is left and moves to it.
    fn install(&mut self, header: &Header, was: &Manifest, manifest: &Manifest, state: State) -> Result<()> {
        let generation = was.generation + 1;
        self.mend_files(generation)?;
        if !self.is_changed {
            return Ok(());
        }
        self.write_note(was, generation)?;
        let is_batch = |id: PartId| matches!(id, PartId::Batch(_));
        let positions = 0..state.parts.len();
        let (batches, segments): (Vec<_>, Vec<_>) =
            positions.partition(|&at| is_batch(state.parts[at].part_id()));
        let rewritten =
            segments.into_iter().filter(|&at| self.damaged.contains(state.parts[at].rows().file()));
        let mut groups: Vec<Vec<usize>> = rewritten.map(|at| vec![at]).collect();
        if !batches.is_empty() {
            groups.push(batches);
        }
        let view = View(Arc::new(state));
        let next = checkpoint(self.backend, (header, manifest), &view, &groups, None, false)?;
        self.quarantine(next.manifest.generation)?;
        remove_orphans(self.backend, &next.manifest, &Claims::default())
    }
}
