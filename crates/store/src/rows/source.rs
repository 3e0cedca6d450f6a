use crate::backend::FileBytes;
use crate::sealed::Blocks;
use crate::{Result, StoreError};
use std::ops::Range;

/// The bytes of some rows: a mapped segment, whose blocks are compared at first touch, or a batch in memory that
/// was compared as a whole.
#[derive(Debug)]
pub(crate) struct RowBytes {
    pub(crate) bytes: FileBytes,
    /// Where in `bytes` the rows are; blocks, if any, count from byte 0 up to their end.
    pub(crate) rows: Range<usize>,
    pub(crate) blocks: Option<Blocks>,
    pub(crate) file: String,
    /// Start of `bytes` in the file, for messages.
    pub(crate) file_at: u64,
}

impl RowBytes {
    /// The bytes from `start` to `end` of the rows.
    pub(super) fn slice(&self, start: usize, end: usize) -> Result<&[u8]> {
        let covered = &self.bytes[..self.rows.end];
        let (start, end) = (self.rows.start + start, self.rows.start + end);
        match &self.blocks {
            Some(blocks) => blocks.read(covered, start, end, &self.file),
            None => covered.get(start..end).ok_or_else(|| {
                let what = format!("bytes {start}..{end} are named, there are {}", covered.len());
                StoreError::corrupt(&self.file, self.file_at, what)
            }),
        }
    }

    /// An error at `at` bytes from the start of the rows.
    pub(super) fn corrupt(&self, at: usize, what: impl Into<String>) -> StoreError {
        StoreError::corrupt(&self.file, self.file_at + (self.rows.start + at) as u64, what)
    }
}
