//! A consistent state of the collection, as parts that never change.

mod apply;
mod open;
mod part;
mod stats;

pub(crate) use open::{OpenedLog, follow, open_files, read_log};
pub use part::PartView;
pub use stats::{ColumnStats, Stats};

use crate::blob::Blobs;
use crate::manifest::Manifest;
pub(crate) use crate::names::PartId;
use crate::{Blob, Layout, Result};
use std::sync::Arc;

/// The state of a collection after one batch; it never changes. Clones share everything.
#[derive(Debug, Clone)]
pub struct View(pub(crate) Arc<State>);

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) layout: Arc<Layout>,
    /// Segments, then batches of the log by sequence.
    pub(crate) parts: Vec<PartView>,
    pub(crate) sequence: u64,
    pub(crate) next_id: u64,
    pub(crate) num_documents: u64,
    /// Batches in the log, those without rows included.
    pub(crate) num_batches: u64,
    pub(crate) log_bytes: u64,
    pub(crate) manifest_bytes: u64,
    pub(crate) assets: Blobs,
}

impl State {
    /// The state at a manifest, before its log.
    pub(crate) fn new(manifest: &Manifest, segments: Vec<PartView>, manifest_bytes: u64) -> Self {
        let num_documents = segments.iter().map(|part| u64::from(part.num_live_rows())).sum();
        Self {
            layout: Arc::clone(&manifest.layout),
            parts: segments,
            sequence: manifest.sequence,
            next_id: manifest.next_id,
            num_documents,
            num_batches: 0,
            log_bytes: 0,
            manifest_bytes,
            assets: Blobs::default(),
        }
    }
}

impl View {
    /// The columns and the schema of documents.
    pub fn layout(&self) -> &Layout {
        &self.0.layout
    }

    /// Segments first, then the batches of the log. A document is live in exactly one part.
    pub fn parts(&self) -> &[PartView] {
        &self.0.parts
    }

    /// The part and row of the live document with this key. Cost: O(log rows) reads in each part.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`](crate::StoreError::Corrupt) when a block that must be read is damaged.
    pub fn find(&self, key: &str) -> Result<Option<(usize, u32)>> {
        Self::find_in(self.parts(), key)
    }

    pub(crate) fn find_in_segments(&self, key: &str) -> Result<Option<(usize, u32)>> {
        let is_segment = |part: &PartView| matches!(part.part_id(), PartId::Segment(_));
        Self::find_in(&self.parts()[..self.parts().partition_point(is_segment)], key)
    }

    fn find_in(parts: &[PartView], key: &str) -> Result<Option<(usize, u32)>> {
        for (at, part) in parts.iter().enumerate().rev() {
            if let Some(row) = part.find(key)? {
                return Ok(Some((at, row)));
            }
        }
        Ok(None)
    }

    /// Number of live documents.
    pub fn num_documents(&self) -> u64 {
        self.0.num_documents
    }

    /// The last batch that this view includes; 0 before the first.
    pub fn sequence(&self) -> u64 {
        self.0.sequence
    }

    /// The asset of this name. Reading it says whether it is damaged.
    pub fn asset(&self, name: &str) -> Option<&Arc<Blob>> {
        self.0.assets.get(name)
    }

    /// The names of all assets, ascending.
    #[cfg(any(test, feature = "testing"))]
    pub fn asset_names(&self) -> impl Iterator<Item = &str> {
        self.0.assets.names()
    }

    /// The bytes by their use. Cost: O(parts).
    pub fn stats(&self) -> Stats {
        Stats::of(&self.0)
    }
}
