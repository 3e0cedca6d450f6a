//! Rows of codes of four, two or one bit.

use super::ByteLanes;
use crate::levels::{BLOCK_BYTES, Levels};
use crate::scan::{Lanes, Tile};

/// Most codes in a block: eight planes of one bit.
const BLOCK_CODES: usize = 8 * BLOCK_BYTES;

/// Rows of packed codes with one scale per row, against a group packed `[slots / 4][lanes][4]`.
///
/// The codes of a block are spread into bytes plane by plane: first the lowest bits of every byte, then the
/// next. That takes a shift, a mask and a table per plane, and no shuffling, because the query lies in that
/// order already ([`Levels::slot`]).
#[derive(Clone, Copy)]
pub(crate) struct PackedTile<'a> {
    pub(crate) query: *const i8,
    /// `−128·Σ query` per query token.
    pub(crate) offsets: *const i32,
    pub(crate) codes: *const u8,
    pub(crate) scales: *const f32,
    pub(crate) row_bytes: usize,
    pub(crate) levels: &'a Levels,
}

impl Tile for PackedTile<'_> {
    #[inline(always)]
    unsafe fn similarities<L: Lanes, const ROWS: usize, const WIDTH: usize>(
        self,
        rows: [usize; ROWS],
    ) -> [[L; WIDTH]; ROWS] {
        // SAFETY: the caller vouches for the rows, each `row_bytes` long with one scale, and for the group:
        // `WIDTH` vectors of offsets and of every four slots.
        unsafe {
            let lanes = L::NUM;
            let mut first = [L::Sums::start(self.offsets); WIDTH];
            for (w, sums) in first.iter_mut().enumerate() {
                *sums = L::Sums::start(self.offsets.add(w * lanes));
            }
            let mut sums = [first; ROWS];
            let mut spread = [[0u8; BLOCK_CODES]; ROWS];
            let mut query = self.query;
            let mut start = 0;
            while start < self.row_bytes {
                let len = BLOCK_BYTES.min(self.row_bytes - start);
                for (spread, row) in spread.iter_mut().zip(rows) {
                    L::Sums::spread(self.codes.add(row * self.row_bytes + start), len, self.levels, spread);
                }
                for plane in 0..self.levels.num_planes() {
                    for quad in 0..len.div_ceil(4) {
                        let at = plane * BLOCK_BYTES + quad * 4;
                        for (sums, spread) in sums.iter_mut().zip(&spread) {
                            let four = spread.as_ptr().add(at).cast::<u32>().read_unaligned();
                            let codes = L::Sums::codes(u32::from_le(four));
                            for (w, sum) in sums.iter_mut().enumerate() {
                                *sum = sum.add_products(query.add(w * lanes * 4), codes);
                            }
                        }
                        query = query.add(WIDTH * lanes * 4);
                    }
                }
                start += len;
            }
            super::byte::scaled(&sums, self.scales, rows)
        }
    }
}
