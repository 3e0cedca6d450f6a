//! How a tile of document rows meets a group of query tokens, per format.

#![allow(unsafe_code)]

use crate::scan::{Lanes, Tile};

/// How far ahead documents are asked for: what one core reads from memory while it works off what it has.
const AHEAD_BYTES: usize = 12 << 10;

/// Rows of `f32` against a group packed `[dim][lanes]`.
#[derive(Clone, Copy)]
pub(crate) struct F32Tile<L> {
    pub(crate) query: *const f32,
    pub(crate) document: *const f32,
    pub(crate) dim: usize,
    pub(crate) lanes: std::marker::PhantomData<L>,
}

impl<L: Lanes> Tile for F32Tile<L> {
    type Lanes = L;

    #[inline(always)]
    unsafe fn similarities<const ROWS: usize, const WIDTH: usize>(
        self,
        rows: [usize; ROWS],
    ) -> [[L; WIDTH]; ROWS] {
        // SAFETY: the caller vouches for the rows, each `dim` values long, and for `dim * WIDTH` vectors of
        // query values. A prefetch may ask for any address.
        unsafe {
            // One tile is one block of memory. While one is worked off, the block a few tiles further on is
            // asked for, in order. Past the end lies, as a rule, the next document to be scored.
            let block = ROWS * self.dim;
            let ahead = block * (AHEAD_BYTES / (block * size_of::<f32>())).max(1);
            let ahead = self.document.wrapping_add(rows[0] * self.dim + ahead);
            let rows = rows.map(|row| self.document.add(row * self.dim));
            let mut sums = [[L::splat(0.0); WIDTH]; ROWS];
            let mut k = 0;
            // Two at a time: with eight rows that is one cache line asked for.
            while k + 1 < self.dim {
                L::prefetch(ahead.wrapping_add(k * ROWS).cast());
                add_products(&mut sums, self.query.add(k * WIDTH * L::NUM), rows.map(|row| *row.add(k)));
                k += 1;
                add_products(&mut sums, self.query.add(k * WIDTH * L::NUM), rows.map(|row| *row.add(k)));
                k += 1;
            }
            if k < self.dim {
                add_products(&mut sums, self.query.add(k * WIDTH * L::NUM), rows.map(|row| *row.add(k)));
            }
            sums
        }
    }
}

/// Adds the products of one dimension: of `WIDTH` vectors at `query` and a value per row.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
unsafe fn add_products<L: Lanes, const ROWS: usize, const WIDTH: usize>(
    sums: &mut [[L; WIDTH]; ROWS],
    query: *const f32,
    values: [f32; ROWS],
) {
    // SAFETY: the caller vouches for the set and for the vectors.
    unsafe {
        let mut group = [L::splat(0.0); WIDTH];
        for (w, lanes) in group.iter_mut().enumerate() {
            *lanes = L::load(query.add(w * L::NUM));
        }
        for (sums, value) in sums.iter_mut().zip(values) {
            let value = L::splat(value);
            for (sum, query) in sums.iter_mut().zip(group) {
                *sum = query.mul_add(value, *sum);
            }
        }
    }
}

/// A vector of exact `i32` sums of products of bytes, one lane per query token.
///
/// # Safety
/// As [`Lanes`].
pub(crate) trait ByteLanes: Copy {
    /// The same lanes as `f32`.
    type Lanes: Lanes;
    /// Four neighbouring codes of one row, ready to be multiplied.
    type Codes: Copy;

    /// Sums before the first product. Sets that multiply codes as `0..=255` start at `-128·Σ query`, read from
    /// `offsets`; those that take 128 away first start at zero.
    unsafe fn start(offsets: *const i32) -> Self;
    /// Takes four codes, the first in the lowest byte.
    unsafe fn codes(four: u32) -> Self::Codes;
    /// Adds, per lane, four products of `codes` with the lane's four values of the query (`4 · NUM` bytes).
    unsafe fn add_products(self, query: *const i8, codes: Self::Codes) -> Self;
    /// Each sum as the nearest `f32`, ties to even.
    unsafe fn to_f32(self) -> Self::Lanes;
}

/// Rows of `u8` codes (`i8 + 128`) with one scale per row, against a group packed `[dim / 4][lanes][4]`.
#[derive(Clone, Copy)]
pub(crate) struct U8Tile<B> {
    pub(crate) query: *const i8,
    /// `−128·Σ query` per query token.
    pub(crate) offsets: *const i32,
    pub(crate) codes: *const u8,
    pub(crate) scales: *const f32,
    pub(crate) dim: usize,
    pub(crate) lanes: std::marker::PhantomData<B>,
}

impl<B: ByteLanes> Tile for U8Tile<B> {
    type Lanes = B::Lanes;

    #[inline(always)]
    unsafe fn similarities<const ROWS: usize, const WIDTH: usize>(
        self,
        rows: [usize; ROWS],
    ) -> [[B::Lanes; WIDTH]; ROWS] {
        // SAFETY: the caller vouches for the rows, each `dim` codes long with one scale, and for the group:
        // `WIDTH` vectors of offsets and of every four dimensions, the last four filled up with zeros.
        unsafe {
            let lanes = B::Lanes::NUM;
            let starts = rows.map(|row| self.codes.add(row * self.dim));
            let mut first = [B::start(self.offsets); WIDTH];
            for (w, sums) in first.iter_mut().enumerate() {
                *sums = B::start(self.offsets.add(w * lanes));
            }
            let mut sums = [first; ROWS];
            for quad in 0..self.dim / 4 {
                let query = self.query.add(quad * WIDTH * lanes * 4);
                for r in 0..ROWS {
                    let four = starts[r].add(quad * 4).cast::<u32>().read_unaligned();
                    let codes = B::codes(u32::from_le(four));
                    for (w, sum) in sums[r].iter_mut().enumerate() {
                        *sum = sum.add_products(query.add(w * lanes * 4), codes);
                    }
                }
            }
            if !self.dim.is_multiple_of(4) {
                self.last_codes(&starts, &mut sums);
            }
            let mut similarities = [[B::Lanes::splat(0.0); WIDTH]; ROWS];
            for r in 0..ROWS {
                let scale = B::Lanes::splat(*self.scales.add(rows[r]));
                for w in 0..WIDTH {
                    similarities[r][w] = sums[r][w].to_f32().mul(scale);
                }
            }
            similarities
        }
    }
}

impl<B: ByteLanes> U8Tile<B> {
    /// The last one to three codes of each row: the query is zero where the fourth would be.
    ///
    /// # Safety
    /// As [`Tile::similarities`].
    #[inline(always)]
    unsafe fn last_codes<const ROWS: usize, const WIDTH: usize>(
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
