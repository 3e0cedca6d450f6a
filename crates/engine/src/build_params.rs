use crate::error::{Error, Result};
use pleiad_store::{Durability, Options};
use std::time::Duration;

/// Bytes that a merge holds for each row beside its attachments.
const MERGE_ROW_BYTES: u64 = 40;

/// Parameters of writing, which may differ from one writer to the next.
///
/// # Examples
/// ```
/// use pleiad::{BuildParams, Durability};
///
/// let params = BuildParams { memory_bytes: 256 << 20, durability: Durability::Group(10), ..Default::default() };
/// # assert!(params != BuildParams::default());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildParams {
    /// When a batch is acknowledged, and so what a power cut may take.
    pub durability: Durability,
    /// Bytes of memory that a writer is to keep within, at least [`BuildParams::MIN_MEMORY_BYTES`]: for the log, which
    /// becomes a segment when it has grown to its part of them; for merges, which leave apart what would take more; and
    /// for finding centroids. Whatever does not fit is on the disk.
    ///
    /// Beside it come the batches that are being applied, about one and a half times their vectors, and pages of mapped
    /// files, which the system takes back when it needs them. Less memory means more segments, and searches that cost a
    /// little more.
    pub memory_bytes: u64,
    /// Time that [`Collection::writer_with`](crate::Collection::writer_with) waits for another writer that holds the
    /// collection; at once it is an error by default.
    pub lock_wait: Duration,
}

impl Default for BuildParams {
    /// [`Durability::Sync`], a gibibyte, and no waiting.
    fn default() -> Self {
        Self { durability: Durability::default(), memory_bytes: 1 << 30, lock_wait: Duration::ZERO }
    }
}

impl BuildParams {
    /// The least that [`BuildParams::memory_bytes`] can be: 64 MiB.
    pub const MIN_MEMORY_BYTES: u64 = 64 << 20;

    /// An error unless they can be kept to.
    pub(crate) fn check(&self) -> Result<()> {
        if self.memory_bytes >= Self::MIN_MEMORY_BYTES {
            return Ok(());
        }
        let (found, least) = (self.memory_bytes, Self::MIN_MEMORY_BYTES);
        Err(Error::invalid(format!("memory_bytes is {found}: a writer needs {least} (64 MiB) or more")))
    }

    /// When the log becomes a segment: at an eighth of the memory, as what it holds is there a second time while it is
    /// written, and no later than by default.
    pub(crate) fn store_options(&self) -> Options {
        let default = Options::default();
        let flush_bytes = default.flush_bytes.min(self.memory_bytes / 8);
        Options { flush_bytes, lock_wait: self.lock_wait, ..default }
    }

    /// Most token values that centroids are found from: five copies of them are held for a while.
    pub(crate) fn max_sampled_values(&self) -> u64 {
        self.memory_bytes / (5 * size_of::<f32>() as u64)
    }

    /// Most documents that one merge can join within its half of the memory.
    ///
    /// A merge holds [`MERGE_ROW_BYTES`] for each row, and what its attachments take.
    pub(crate) fn max_merge_rows(&self, attachment_bytes: u64) -> u64 {
        self.memory_bytes / 2 / (MERGE_ROW_BYTES + attachment_bytes)
    }
}
