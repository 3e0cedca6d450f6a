//! Parts of documents that tiles take at a time.

/// Rows of a tile.
pub(super) const ROWS: usize = 16;

/// Bytes of a row of a tile: what a query is padded to.
pub(crate) const BLOCK: usize = 64;

/// Blocks of each row that are multiplied at a time.
pub(super) const MOST_BLOCKS: usize = 8;

/// Prefetch distance within the documents, in bytes.
pub(super) const AHEAD_BYTES: usize = 24 << 10;

/// A part of a document: sixteen rows, or what is left, and some blocks of each.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(super) row: usize,
    pub(super) num_rows: usize,
    pub(super) block: usize,
    pub(super) num_blocks: usize,
}

impl Part {
    #[inline(always)]
    pub(super) fn first(num_rows: usize, num_blocks: usize) -> Self {
        Self { row: 0, num_rows: num_rows.min(ROWS), block: 0, num_blocks: num_blocks.min(MOST_BLOCKS) }
    }

    /// The next blocks of the same rows, or the first of the next rows.
    #[inline(always)]
    pub(super) fn next(self, num_rows: usize, num_blocks: usize) -> Option<Self> {
        let block = self.block + self.num_blocks;
        let (row, block) = if block < num_blocks { (self.row, block) } else { (self.row + ROWS, 0) };
        let rest = num_rows.saturating_sub(row);
        let part =
            Self { row, num_rows: rest.min(ROWS), block, num_blocks: (num_blocks - block).min(MOST_BLOCKS) };
        (rest > 0).then_some(part)
    }
}
