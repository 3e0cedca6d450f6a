//! Rows of half floats.

use super::float::{AHEAD_BYTES, add_products};
use crate::scan::{HalfFormat, Lanes, Tile};

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
            let mut wide = [[0.0f32; BLOCK]; ROWS];
            let mut start = 0;
            while start < self.dim {
                let len = BLOCK.min(self.dim - start);
                for (wide, row) in wide.iter_mut().zip(rows) {
                    self.widen::<L>(self.document.add(2 * (row * self.dim + start)), &mut wide[..len]);
                }
                for k in 0..len {
                    let query = self.query.add((start + k) * WIDTH * L::NUM);
                    let mut values = [0.0; ROWS];
                    for (value, wide) in values.iter_mut().zip(&wide) {
                        *value = *wide.get_unchecked(k);
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
    /// Widens `wide.len()` halves, and asks for the cache lines some tiles further on.
    ///
    /// # Safety
    /// As [`Lanes`]; `from` has two bytes for each value.
    #[inline(always)]
    unsafe fn widen<L: Lanes>(self, from: *const u8, wide: &mut [f32]) {
        // SAFETY: only bytes of the given halves are read; a prefetch may ask for any address.
        unsafe {
            let len = wide.len();
            let mut at = 0;
            while at + L::NUM <= len {
                L::prefetch(from.wrapping_add(2 * at + AHEAD_BYTES));
                L::load_halves(from.add(2 * at), self.format).store(wide.as_mut_ptr().add(at));
                at += L::NUM;
            }
            if at < len {
                let (mut halves, mut last) = ([0u8; 32], [0.0; 16]);
                from.add(2 * at).copy_to_nonoverlapping(halves.as_mut_ptr(), 2 * (len - at));
                L::load_halves(halves.as_ptr(), self.format).store(last.as_mut_ptr());
                wide[at..].copy_from_slice(&last[..len - at]);
            }
        }
    }
}
