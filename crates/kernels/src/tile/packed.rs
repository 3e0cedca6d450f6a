//! Rows of codes of four, two or one bit.

use super::ByteLanes;
use super::float::AHEAD_BYTES;
use crate::levels::{BLOCK_BYTES, Levels};
use crate::scan::{Lanes, Tile};
use std::mem::MaybeUninit;

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
            let follow = rows[ROWS - 1] == rows[0] + ROWS - 1;
            let mut query = self.query;
            let mut start = 0;
            while start < self.row_bytes {
                let len = BLOCK_BYTES.min(self.row_bytes - start);
                match (self.row_bytes, follow) {
                    (16, true) => self.add_block::<L, ROWS, WIDTH, 16>(&mut sums, query, rows, start, len),
                    (32, true) => self.add_block::<L, ROWS, WIDTH, 32>(&mut sums, query, rows, start, len),
                    _ => self.add_block::<L, ROWS, WIDTH, BLOCK_BYTES>(&mut sums, query, rows, start, len),
                }
                query = query.add(self.levels.num_planes() * len.next_multiple_of(4) * WIDTH * lanes);
                start += len;
            }
            super::byte::scaled(&sums, self.scales, rows)
        }
    }
}

/// The same where each row starts from a centroid.
#[derive(Clone, Copy)]
pub(crate) struct CentroidTile<'a> {
    pub(crate) packed: PackedTile<'a>,
    /// `[centroids][lanes]`, in steps of the query tokens.
    pub(crate) starts: *const f32,
    /// One per row.
    pub(crate) centroids: *const u16,
}

impl Tile for CentroidTile<'_> {
    #[inline(always)]
    unsafe fn similarities<L: Lanes, const ROWS: usize, const WIDTH: usize>(
        self,
        rows: [usize; ROWS],
    ) -> [[L; WIDTH]; ROWS] {
        // SAFETY: the caller's.
        unsafe {
            let mut similarities = self.packed.similarities::<L, ROWS, WIDTH>(rows);
            for (row, similarities) in rows.into_iter().zip(&mut similarities) {
                *similarities = self.started(row, *similarities);
            }
            similarities
        }
    }
}

impl CentroidTile<'_> {
    /// Adds what the row's centroid has with each query token.
    ///
    /// # Safety
    /// As [`Tile::similarities`]; the row must have a centroid, and that starts for `WIDTH` vectors.
    #[inline(always)]
    pub(crate) unsafe fn started<L: Lanes, const WIDTH: usize>(
        self,
        row: usize,
        mut similarities: [L; WIDTH],
    ) -> [L; WIDTH] {
        // SAFETY: the caller's.
        unsafe {
            let centroid = usize::from(*self.centroids.add(row));
            let starts = self.starts.add(centroid * WIDTH * L::NUM);
            for (w, similarity) in similarities.iter_mut().enumerate() {
                *similarity = similarity.add(L::load(starts.add(w * L::NUM)));
            }
            similarities
        }
    }
}

impl PackedTile<'_> {
    /// Adds the products of one block of every row. Spread, the rows lie `STRIDE` bytes apart in each plane: a
    /// constant, so that one register addresses them all.
    ///
    /// # Safety
    /// As [`Tile::similarities`]. Where `STRIDE` is not [`BLOCK_BYTES`] the rows are that long and follow each
    /// other.
    #[inline(always)]
    unsafe fn add_block<L: Lanes, const ROWS: usize, const WIDTH: usize, const STRIDE: usize>(
        self,
        sums: &mut [[L::Sums; WIDTH]; ROWS],
        mut query: *const i8,
        rows: [usize; ROWS],
        start: usize,
        len: usize,
    ) {
        // SAFETY: the caller vouches for rows and query; `spread` writes what is read after it.
        unsafe {
            let mut spread = MaybeUninit::<[[[u8; STRIDE]; ROWS]; 8]>::uninit();
            let spread: *mut u8 = spread.as_mut_ptr().cast();
            match self.levels.bits() {
                1 => self.spread_rows::<L, ROWS, STRIDE, 1>(rows, start, len, spread),
                2 => self.spread_rows::<L, ROWS, STRIDE, 2>(rows, start, len, spread),
                _ => self.spread_rows::<L, ROWS, STRIDE, 4>(rows, start, len, spread),
            }
            for plane in 0..self.levels.num_planes() {
                for quad in 0..len.div_ceil(4) {
                    let at = spread.add(plane * ROWS * STRIDE + quad * 4);
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let four = at.add(r * STRIDE).cast::<u32>().read_unaligned();
                        let codes = L::Sums::codes(u32::from_le(four));
                        for (w, sum) in sums.iter_mut().enumerate() {
                            *sum = sum.add_products(query.add(w * L::NUM * 4), codes);
                        }
                    }
                    query = query.add(WIDTH * L::NUM * 4);
                }
            }
        }
    }

    /// Spreads a block of every row and asks for the cache lines some tiles further on.
    ///
    /// # Safety
    /// As [`PackedTile::add_block`]; `to` has room for `STRIDE` bytes per plane and row; codes have `BITS` bits.
    #[inline(always)]
    unsafe fn spread_rows<L: Lanes, const ROWS: usize, const STRIDE: usize, const BITS: usize>(
        self,
        rows: [usize; ROWS],
        start: usize,
        len: usize,
        to: *mut u8,
    ) {
        // SAFETY: the caller's.
        unsafe {
            let plane = ROWS * STRIDE;
            if STRIDE == BLOCK_BYTES {
                for (r, row) in rows.into_iter().enumerate() {
                    let packed = self.codes.add(row * self.row_bytes + start);
                    spread::<L, BITS>(packed, len, self.levels, to.add(r * STRIDE), plane);
                }
            } else {
                // Short rows that follow each other are spread as if they were one.
                spread::<L, BITS>(self.codes.add(rows[0] * STRIDE), plane, self.levels, to, plane);
            }
        }
    }
}

/// Spreads `len >= 1` bytes vector by vector.
///
/// # Safety
/// As [`ByteLanes::spread`].
#[inline(always)]
unsafe fn spread<L: Lanes, const BITS: usize>(
    from: *const u8,
    len: usize,
    levels: &Levels,
    to: *mut u8,
    plane: usize,
) {
    // SAFETY: the caller's; a prefetch may ask for any address.
    unsafe {
        let mut at = 0;
        loop {
            let here = from.add(at);
            L::prefetch(here.wrapping_add(AHEAD_BYTES));
            L::Sums::spread::<BITS>(here, (len - at).min(4 * L::NUM), levels, to.add(at), plane);
            at += 4 * L::NUM;
            if at >= len {
                break;
            }
        }
    }
}
