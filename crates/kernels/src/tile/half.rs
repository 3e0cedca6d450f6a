//! Rows of half floats.

use super::float::add_products;
use crate::scan::{HalfFormat, Lanes, Tile};
use std::mem::MaybeUninit;

/// Prefetch distance, in bytes: a row has half as many as one of `f32`, and they are read once.
const AHEAD_BYTES: usize = 12 << 10;

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
                L::prefetch(from.wrapping_add(2 * at + AHEAD_BYTES));
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
