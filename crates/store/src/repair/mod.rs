//! Makes a damaged collection whole again, without what cannot be read.

mod aside;
mod bit;
mod blobs;
mod log;
mod manifest;
mod rows;
mod segments;
mod shown;
mod snapshots;

pub use aside::discard_damaged;

use crate::backend::Backend;
use crate::manifest::Manifest;
use crate::view::{PartId, State, View};
use crate::writer::{LOCK_FILE, remove_orphans, switch};
use crate::{Result, RoaringBitmap, StoreError, segment};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What [`repair`] did about one thing that did not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mended {
    /// It is as it was written again.
    Restored {
        /// The file.
        file: String,
        /// What was wrong, and what made it right.
        what: String,
    },
    /// A document cannot be read any more.
    LostDocument {
        /// The file that held it.
        file: String,
        /// Its row there.
        row: u32,
        /// Its key, where that is readable.
        key: Option<String>,
    },
    /// Nothing of a file can be read.
    LostFile {
        /// The file.
        file: String,
        /// Documents that were live in it.
        num_documents: u64,
        /// Why.
        why: String,
    },
    /// Acknowledged batches cannot be read any more: what they added is gone, what they replaced or deleted is as it
    /// was before them.
    LostBatches {
        /// The log.
        file: String,
        /// First byte.
        from: u64,
        /// The byte after the last.
        to: u64,
        /// Keys that the bytes still show; their checksum does not match, so they may be wrong.
        keys: Vec<String>,
        /// Why.
        why: String,
    },
    /// An asset of the collection cannot be read any more.
    LostAsset {
        /// Its file.
        file: String,
        /// Its name.
        name: String,
    },
    /// A named snapshot needs what cannot be read. It is left as it is, and so are its files: drop it.
    DamagedSnapshot {
        /// Its name.
        name: String,
        /// What does not fit.
        why: String,
    },
    /// An attachment of a segment cannot be read any more. It can be made anew from the segment.
    LostAttachment {
        /// Its file.
        file: String,
        /// Its name.
        name: String,
    },
}

/// What [`repair`] did in all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepairReport {
    /// Things that were put right without a loss.
    pub num_restored: u64,
    /// Documents that are lost and counted.
    pub num_lost_documents: u64,
    /// Stretches of the log that are lost; how many documents they held is not known.
    pub num_lost_batches: u64,
    /// Assets that are lost.
    pub num_lost_assets: u64,
    /// Attachments that are lost, and can be made anew.
    pub num_lost_attachments: u64,
    /// Named snapshots that are damaged; repair leaves them alone.
    pub num_damaged_snapshots: u64,
    /// Live documents now.
    pub num_documents: u64,
    /// The damaged files, under the names that they have now.
    pub aside: Vec<String>,
}

impl RepairReport {
    /// Whether nothing was wrong, and so nothing was changed.
    pub fn is_clean(&self) -> bool {
        *self == Self { num_documents: self.num_documents, ..Self::default() }
    }

    fn count(&mut self, mended: &Mended) {
        match mended {
            Mended::Restored { .. } => self.num_restored += 1,
            Mended::LostDocument { .. } => self.num_lost_documents += 1,
            Mended::LostFile { num_documents, .. } => self.num_lost_documents += num_documents,
            Mended::LostBatches { .. } => self.num_lost_batches += 1,
            Mended::LostAsset { .. } => self.num_lost_assets += 1,
            Mended::DamagedSnapshot { .. } => self.num_damaged_snapshots += 1,
            Mended::LostAttachment { .. } => self.num_lost_attachments += 1,
        }
    }
}

/// What the parts of a repair share.
struct Repair<'a> {
    backend: &'a dyn Backend,
    tell: &'a mut dyn FnMut(Mended),
    report: RepairReport,
    /// Files that did not fit, the ones that were restored among them.
    damaged: BTreeSet<String>,
    /// Segments of which nothing can be read.
    lost: Vec<LostSegment>,
}

/// A segment of which nothing can be read: its documents are counted once the log has told which of them were live.
struct LostSegment {
    number: u64,
    num_rows: u32,
    deleted: RoaringBitmap,
    why: String,
}

impl Repair<'_> {
    fn tell(&mut self, mended: Mended) {
        self.report.count(&mended);
        match &mended {
            Mended::Restored { file, .. }
            | Mended::LostDocument { file, .. }
            | Mended::LostFile { file, .. }
            | Mended::LostBatches { file, .. }
            | Mended::LostAsset { file, .. }
            | Mended::LostAttachment { file, .. } => drop(self.damaged.insert(file.clone())),
            Mended::DamagedSnapshot { .. } => {}
        }
        (self.tell)(mended);
    }

    fn restored(&mut self, file: &str, what: impl Into<String>) {
        self.tell(Mended::Restored { file: file.to_owned(), what: what.into() });
    }
}

/// Makes a damaged collection whole again. A single flipped bit is put back where a checksum tells which one it was;
/// what else cannot be read is left out, and told to `tell` piece by piece. Nothing is written when nothing is wrong.
///
/// The new state takes effect in one step, as a merge does: a crash leaves the old one, or the new one. Damaged files
/// stay in the folder under other names, until [`discard_damaged`].
///
/// Cost: every byte is read, damaged segments and the log are written anew; memory for the largest damaged segment
/// and for all keys.
///
/// # Errors
/// [`StoreError::Locked`], [`StoreError::NotACollection`], [`StoreError::Version`], [`StoreError::Outdated`];
/// [`StoreError::Corrupt`] when the manifest itself is damaged beyond one bit: without it nothing says which files
/// count. [`StoreError::Io`] when the disk refuses.
pub fn repair(backend: &dyn Backend, tell: &mut dyn FnMut(Mended)) -> Result<RepairReport> {
    if !backend.list().is_ok_and(|files| files.iter().any(|file| file == crate::manifest::FILE)) {
        crate::manifest::read_header(backend)?;
    }
    let _lock = backend
        .lock(LOCK_FILE)
        .map_err(StoreError::io("lock", LOCK_FILE))?
        .ok_or_else(|| StoreError::Locked { folder: backend.describe() })?;
    let report = RepairReport::default();
    let mut repair = Repair { backend, tell, report, damaged: BTreeSet::new(), lost: Vec::new() };
    let (header, mut manifest) = repair.manifest()?;
    repair.blobs(&mut manifest)?;
    let state = repair.state(&manifest, header.file_bytes())?;
    repair.report.num_documents = state.num_documents;
    repair.snapshots()?;
    if repair.damaged.is_empty() {
        return Ok(repair.report);
    }
    repair.install(&manifest, state)?;
    Ok(repair.report)
}

impl Repair<'_> {
    /// All that can be read, each document in one part.
    fn state(&mut self, manifest: &Manifest, manifest_bytes: u64) -> Result<State> {
        let parts = self.segments(manifest)?;
        let mut state = State::new(manifest, parts, manifest_bytes);
        self.log(manifest, &mut state)?;
        for LostSegment { number, num_rows, deleted, why } in std::mem::take(&mut self.lost) {
            let num_documents = u64::from(num_rows) - deleted.len();
            self.tell(Mended::LostFile { file: segment::file_name(number), num_documents, why });
        }
        self.settle(&mut state);
        Ok(state)
    }

    /// Writes what is left and moves to it.
    fn install(&mut self, manifest: &Manifest, state: State) -> Result<()> {
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
        let next = switch(self.backend, manifest, &view, &groups, None)?;
        self.put_aside(next.manifest.generation)?;
        remove_orphans(self.backend, &next.manifest, &[])
    }
}
