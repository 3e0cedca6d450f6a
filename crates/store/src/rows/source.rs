use crate::backend::FileBytes;
use crate::checksummed::Blocks;
use crate::{Result, StoreError};
use std::ops::Range;

/// The bytes of some rows: a mapped segment, whose blocks are compared at first touch, or a batch in memory that
/// was compared as a whole.
#[derive(Debug)]
pub(crate) struct RowBytes {
    pub(crate) bytes: FileBytes,
    /// The place of the rows in `bytes`.
    pub(crate) rows: Range<usize>,
    /// The blocks, and the end of what they cover from byte 0 on.
    pub(crate) blocks: Option<(Blocks, usize)>,
    pub(crate) file: String,
    /// Start of `bytes` in the file, for messages.
    pub(crate) file_at: u64,
}

impl RowBytes {
    /// The bytes from `start` to `end` of the rows.
    pub(super) fn slice(&self, start: usize, end: usize) -> Result<&[u8]> {
        let (start, end) = (self.rows.start + start, self.rows.start + end);
        let (Some(bytes), true) = (self.bytes.get(start..end), end <= self.rows.end) else {
            let what = format!("bytes {start}..{end} are named, there are {}", self.rows.end);
            return Err(StoreError::corrupt(&self.file, self.file_at, what));
        };
        match &self.blocks {
            Some((blocks, covered)) => blocks.read(&self.bytes[..*covered], start, end, &self.file),
            None => Ok(bytes),
        }
    }

    /// Compares every block, those beside the rows included.
    pub(super) fn compare_all(&self) -> Result<()> {
        match &self.blocks {
            Some((blocks, covered)) => blocks.compare_all(&self.bytes[..*covered], &self.file),
            None => Ok(()),
        }
    }

    /// An error at `at` bytes from the start of the rows.
    pub(super) fn corrupt(&self, at: usize, what: impl Into<String>) -> StoreError {
        StoreError::corrupt(&self.file, self.file_at + (self.rows.start + at) as u64, what)
    }
}
