//! Rows of `u8` codes.

use super::float::AHEAD_BYTES;
use crate::levels::Levels;
use crate::scan::{Lanes, Tile};

/// A vector of exact `i32` sums of products of bytes, one lane per query token.
///
/// # Safety
/// As [`Lanes`].
pub(crate) trait ByteLanes: Copy {
    /// The same lanes as `f32`.
    type Lanes: Lanes;
    /// Four neighboring codes of one row, ready to be multiplied.
    type Codes: Copy;

    /// Sums before the first product. Sets that multiply codes as `0..=255` start at `-128·Σ query`, read from
    /// `offsets`; those that take 128 away first start at zero.
    unsafe fn start(offsets: *const i32) -> Self;
    /// Takes four codes, the first in the lowest byte.
    unsafe fn codes(four: u32) -> Self::Codes;
    /// Adds, per lane, four products of `codes` with the lane's four values of the query (`4 · NUM` bytes).
    unsafe fn add_products(self, query: *const i8, codes: Self::Codes) -> Self;
    /// Turns `1 ≤ len ≤ 4 · NUM` bytes of codes of `BITS` bits into bytes of documents, plane by plane, `plane`
    /// bytes apart. In each plane at least `len` bytes, rounded up to whole fours, are written, at most `4 · NUM`.
    unsafe fn spread<const BITS: usize>(
        from: *const u8,
        len: usize,
        levels: &Levels,
        to: *mut u8,
        plane: usize,
    );
    /// Each sum as the nearest `f32`, ties to even.
    unsafe fn to_f32(self) -> Self::Lanes;
}

/// Rows of `u8` codes (`i8 + 128`) with one scale per row, against a group packed `[dim / 4][lanes][4]`.
#[derive(Clone, Copy)]
pub(crate) struct U8Tile {
    pub(crate) query: *const i8,
    /// `−128·Σ query` per query token.
    pub(crate) offsets: *const i32,
    pub(crate) codes: *const u8,
    pub(crate) scales: *const f32,
    pub(crate) dim: usize,
}

impl Tile for U8Tile {
    #[inline(always)]
    unsafe fn similarities<L: Lanes, const ROWS: usize, const WIDTH: usize>(
        self,
        rows: [usize; ROWS],
    ) -> [[L; WIDTH]; ROWS] {
        // SAFETY: the caller vouches for the rows, each `dim` codes long with one scale, and for the group:
        // `WIDTH` vectors of offsets and of every four dimensions, the last four filled up with zeros.
        unsafe {
            let lanes = L::NUM;
            let starts = rows.map(|row| self.codes.add(row * self.dim));
            let mut first = [L::Sums::start(self.offsets); WIDTH];
            for (w, sums) in first.iter_mut().enumerate() {
                *sums = L::Sums::start(self.offsets.add(w * lanes));
            }
            let mut sums = [first; ROWS];
            let block = ROWS * self.dim;
            let ahead = block * (AHEAD_BYTES / block).max(1);
            let ahead = self.codes.wrapping_add(rows[0] * self.dim + ahead);
            for quad in 0..self.dim / 4 {
                L::prefetch(ahead.wrapping_add(quad * 4 * ROWS));
                let query = self.query.add(quad * WIDTH * lanes * 4);
                for r in 0..ROWS {
                    let four = starts[r].add(quad * 4).cast::<u32>().read_unaligned();
                    let codes = L::Sums::codes(u32::from_le(four));
                    for (w, sum) in sums[r].iter_mut().enumerate() {
                        *sum = sum.add_products(query.add(w * lanes * 4), codes);
                    }
                }
            }
            if !self.dim.is_multiple_of(4) {
                self.last_codes(&starts, &mut sums);
            }
            scaled(&sums, self.scales, rows)
        }
    }
}

impl U8Tile {
    /// The last one to three codes of each row: the query is zero where the fourth would be.
    ///
    /// # Safety
    /// As [`Tile::similarities`].
    #[inline(always)]
    unsafe fn last_codes<B: ByteLanes, const ROWS: usize, const WIDTH: usize>(
        self,
        starts: &[*const u8; ROWS],
        sums: &mut [[B; WIDTH]; ROWS],
    ) {
        // SAFETY: as the caller's; only codes below `dim` are read.
        unsafe {
            let lanes = B::Lanes::NUM;
            let whole = self.dim - self.dim % 4;
            let query = self.query.add(whole * WIDTH * lanes);
            for r in 0..ROWS {
                let mut four = [0u8; 4];
                starts[r].add(whole).copy_to_nonoverlapping(four.as_mut_ptr(), self.dim - whole);
                let codes = B::codes(u32::from_le_bytes(four));
                for (w, sum) in sums[r].iter_mut().enumerate() {
                    *sum = sum.add_products(query.add(w * lanes * 4), codes);
                }
            }
        }
    }
}

/// Multiplies the sums of each row by its scale.
///
/// # Safety
/// As [`Lanes`]; every row has a scale.
#[inline(always)]
pub(super) unsafe fn scaled<B: ByteLanes, const ROWS: usize, const WIDTH: usize>(
    sums: &[[B; WIDTH]; ROWS],
    scales: *const f32,
    rows: [usize; ROWS],
) -> [[B::Lanes; WIDTH]; ROWS] {
    // SAFETY: the caller's.
    unsafe {
        let mut similarities = [[B::Lanes::splat(0.0); WIDTH]; ROWS];
        for ((similarities, sums), row) in similarities.iter_mut().zip(sums).zip(rows) {
            let scale = B::Lanes::splat(*scales.add(row));
            for (similarity, sum) in similarities.iter_mut().zip(sums) {
                *similarity = sum.to_f32().mul(scale);
            }
        }
        similarities
    }
}
