//! Rows of `f32`, and of half floats, which are widened first.

use crate::scan::{HalfFormat, Lanes, Tile};
use std::mem::MaybeUninit;

/// Prefetch distance, in bytes: a tile of eight rows of 128 dims, which takes longer to be worked off than memory
/// to answer. What is asked for must fit beside the query (16 KiB for 32 tokens) into a first-level cache of 32 KiB: three
/// tiles ahead cost Zen 4 between 2 and 4 %.
pub(super) const AHEAD_BYTES: usize = 4 << 10;

/// Rows of `f32` against a group packed `[dim][lanes]`.
#[derive(Clone, Copy)]
pub(crate) struct F32Tile {
    pub(crate) query: *const f32,
    pub(crate) document: *const f32,
    pub(crate) dim: usize,
}

impl Tile for F32Tile {
    #[inline(always)]
    unsafe fn similarities<L: Lanes, const ROWS: usize, const WIDTH: usize>(
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

/// Prefetch distance, in bytes: a row has half as many as one of `f32`, and they are read once.
const HALF_AHEAD_BYTES: usize = 12 << 10;

/// Dimensions widened at a time: eight rows of them take 4 KiB.
const BLOCK: usize = 128;

/// Rows of 16-bit floats against a group packed `[dim][lanes]` of `f32`.
#[derive(Clone, Copy)]
pub(crate) struct HalfTile {
    pub(crate) query: *const f32,
    pub(crate) document: *const u8,
    pub(crate) dim: usize,
    pub(crate) format: HalfFormat,
}

impl Tile for HalfTile {
    /// Widens the rows block by block and goes on as if they had been `f32`: the same bits come out.
    #[inline(always)]
    unsafe fn similarities<L: Lanes, const ROWS: usize, const WIDTH: usize>(
        self,
        rows: [usize; ROWS],
    ) -> [[L; WIDTH]; ROWS] {
        // SAFETY: the caller vouches for the rows, each `2 * dim` bytes long, and for `dim * WIDTH` vectors of
        // query values; `wide` holds a block of each row.
        unsafe {
            let mut sums = [[L::splat(0.0); WIDTH]; ROWS];
            let mut wide = MaybeUninit::<[[f32; BLOCK]; ROWS]>::uninit();
            let wide: *mut f32 = wide.as_mut_ptr().cast();
            let mut start = 0;
            while start < self.dim {
                let len = BLOCK.min(self.dim - start);
                for (r, row) in rows.into_iter().enumerate() {
                    let halves = self.document.add(2 * (row * self.dim + start));
                    self.widen::<L>(halves, len, wide.add(r * BLOCK));
                }
                for k in 0..len {
                    let query = self.query.add((start + k) * WIDTH * L::NUM);
                    let mut values = [0.0; ROWS];
                    for (r, value) in values.iter_mut().enumerate() {
                        *value = *wide.add(r * BLOCK + k);
                    }
                    add_products(&mut sums, query, values);
                }
                start += len;
            }
            sums
        }
    }
}

impl HalfTile {
    /// Widens `len` halves, and asks for the cache lines some tiles further on.
    ///
    /// # Safety
    /// As [`Lanes`]; `from` has two bytes for each value, `to` has room for it.
    #[inline(always)]
    unsafe fn widen<L: Lanes>(self, from: *const u8, len: usize, to: *mut f32) {
        // SAFETY: only bytes of the given halves are read; a prefetch may ask for any address.
        unsafe {
            let mut at = 0;
            while at + L::NUM <= len {
                L::prefetch(from.wrapping_add(2 * at + HALF_AHEAD_BYTES));
                L::load_halves(from.add(2 * at), self.format).store(to.add(at));
                at += L::NUM;
            }
            if at < len {
                let (mut halves, mut last) = ([0u8; 32], [0.0f32; 16]);
                from.add(2 * at).copy_to_nonoverlapping(halves.as_mut_ptr(), 2 * (len - at));
                L::load_halves(halves.as_ptr(), self.format).store(last.as_mut_ptr());
                to.add(at).copy_from_nonoverlapping(last.as_ptr(), len - at);
            }
        }
    }
}
