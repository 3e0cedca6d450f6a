//! Rows of codes on their way into tiles.

use super::part::{AHEAD_BYTES, BLOCK, MOST_BLOCKS, Part, ROWS};
use super::spread::spread_rows;
use crate::scan::Lanes;
use crate::tile::{CentroidTile, PackedTile, U8Tile};
use std::arch::x86_64::*;

/// A format of documents that tiles multiply.
pub(crate) trait Source: Copy {
    /// Blocks that a row takes as bytes.
    fn num_blocks(self) -> usize;
    /// `[blocks][16][lanes][4]` values of the query.
    fn query(self) -> *const i8;
    /// Initial sums of each query token.
    fn offsets(self) -> *const i32;
    /// A scale per row.
    fn scales(self) -> *const f32;
    /// Makes a part ready to be loaded into tiles, of rows that are there and blocks that the query has; rows that are
    /// missing from the tile may be anything. The document has `num_rows`.
    ///
    /// # Safety
    /// AVX-512; the part must lie within the document.
    unsafe fn stage(self, part: Part, num_rows: usize, staging: *mut Staging) -> Staged;
    /// Initial similarities of a row, to which products are added: zero in most formats.
    ///
    /// # Safety
    /// AVX-512; the row must lie within the document, and the group hold `WIDTH` vectors.
    #[inline(always)]
    unsafe fn started<const WIDTH: usize>(
        self,
        _row: usize,
        similarities: [__m512; WIDTH],
    ) -> [__m512; WIDTH] {
        similarities
    }
}

/// Sixteen rows of up to [`MOST_BLOCKS`] blocks as bytes.
#[repr(C, align(64))]
pub(crate) struct Staging([[[u8; BLOCK]; ROWS]; MOST_BLOCKS]);

/// Memory that tiles are loaded from.
#[derive(Clone, Copy)]
pub(crate) struct Staged {
    pub(super) first: *const u8,
    /// From a row to the next.
    pub(super) row_bytes: usize,
    /// From a block to the next.
    pub(super) block_bytes: usize,
}

impl Source for U8Tile {
    #[inline(always)]
    fn num_blocks(self) -> usize {
        self.dim.div_ceil(BLOCK)
    }

    #[inline(always)]
    fn query(self) -> *const i8 {
        self.query
    }

    #[inline(always)]
    fn offsets(self) -> *const i32 {
        self.offsets
    }

    #[inline(always)]
    fn scales(self) -> *const f32 {
        self.scales
    }

    /// Tiles are loaded from the document itself, unless they would reach beyond its end. What they hold of the next
    /// row meets zeros of the query.
    #[inline(always)]
    unsafe fn stage(self, part: Part, num_rows: usize, staging: *mut Staging) -> Staged {
        let (at, len) = (part.block * BLOCK, part.num_blocks * BLOCK);
        // SAFETY: the caller vouches for the part; no byte beyond the document is read. A prefetch may ask for any.
        unsafe {
            let first = self.codes.add(part.row * self.dim + at);
            if part.num_rows == ROWS && (part.row + ROWS - 1) * self.dim + at + len <= num_rows * self.dim {
                for r in 0..ROWS {
                    for line in (0..len).step_by(64) {
                        <__m512 as Lanes>::prefetch(first.wrapping_add(r * self.dim + line + AHEAD_BYTES));
                    }
                }
                return Staged { first, row_bytes: self.dim, block_bytes: BLOCK };
            }
            let to: *mut u8 = staging.cast();
            for r in 0..part.num_rows {
                for b in 0..part.num_blocks {
                    let rest = self.dim - at - b * BLOCK;
                    let mask = u64::MAX >> (BLOCK - rest.min(BLOCK));
                    let bytes = _mm512_maskz_loadu_epi8(mask, first.add(r * self.dim + b * BLOCK).cast());
                    _mm512_store_si512(to.add((b * ROWS + r) * BLOCK).cast(), bytes);
                }
            }
            Staged { first: to, row_bytes: BLOCK, block_bytes: ROWS * BLOCK }
        }
    }
}

impl Source for PackedTile<'_> {
    #[inline(always)]
    fn num_blocks(self) -> usize {
        self.row_bytes.div_ceil(BLOCK / self.levels.num_planes())
    }

    #[inline(always)]
    fn query(self) -> *const i8 {
        self.query
    }

    #[inline(always)]
    fn offsets(self) -> *const i32 {
        self.offsets
    }

    #[inline(always)]
    fn scales(self) -> *const f32 {
        self.scales
    }

    #[inline(always)]
    unsafe fn stage(self, part: Part, _num_rows: usize, staging: *mut Staging) -> Staged {
        // SAFETY: the caller's; codes have as many bits as the levels say.
        unsafe {
            match self.levels.bits() {
                1 => spread_rows::<1>(self, part, staging.cast()),
                2 => spread_rows::<2>(self, part, staging.cast()),
                _ => spread_rows::<4>(self, part, staging.cast()),
            }
        }
        Staged { first: staging.cast(), row_bytes: BLOCK, block_bytes: ROWS * BLOCK }
    }
}

impl Source for CentroidTile<'_> {
    #[inline(always)]
    fn num_blocks(self) -> usize {
        self.packed.num_blocks()
    }

    #[inline(always)]
    fn query(self) -> *const i8 {
        self.packed.query
    }

    #[inline(always)]
    fn offsets(self) -> *const i32 {
        self.packed.offsets
    }

    #[inline(always)]
    fn scales(self) -> *const f32 {
        self.packed.scales
    }

    #[inline(always)]
    unsafe fn stage(self, part: Part, num_rows: usize, staging: *mut Staging) -> Staged {
        // SAFETY: the caller's.
        unsafe { self.packed.stage(part, num_rows, staging) }
    }

    #[inline(always)]
    unsafe fn started<const WIDTH: usize>(
        self,
        row: usize,
        similarities: [__m512; WIDTH],
    ) -> [__m512; WIDTH] {
        // SAFETY: the caller's.
        unsafe { CentroidTile::started(self, row, similarities) }
    }
}
