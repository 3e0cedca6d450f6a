//! Rows of `f32`.

use crate::scan::{Lanes, Tile};

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
pub(super) unsafe fn add_products<L: Lanes, const ROWS: usize, const WIDTH: usize>(
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
