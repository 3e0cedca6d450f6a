//! Sparse random projections of tiles.

#![allow(unsafe_code)]

use crate::panel::Line;
use crate::scan::Lanes;
use crate::tiles::{TILE, TokenTiles, transpose_4};
use crate::{Isa, arch};

/// Most input dimensions of a [`TileSketch`].
pub const MAX_SKETCH_INPUTS: usize = 1 << 16;

/// Tiles that are projected together.
const TOGETHER: usize = 4;

/// A count sketch (each input dimension goes to one output column with a sign) sorted by output column, so that a
/// column of a whole tile of tokens is one sum in registers: no multiplication and no scattered store.
///
/// Values are the same on every instruction set, to the bit: a column adds its inputs of sign +1 in order, then
/// takes away those of sign -1.
#[derive(Debug, Clone)]
pub struct TileSketch {
    // Input dimensions, column by column: those with sign +1, then those with -1.
    inputs: Vec<u16>,
    // For each column where its positive and where its negative inputs end.
    ends: Vec<[u32; 2]>,
}

impl TileSketch {
    /// Sorts a sketch: the column of each input dimension, and whether its sign is negative. Cost: one sort.
    ///
    /// # Panics
    /// When there are more than [`MAX_SKETCH_INPUTS`], or a column is not below `num_columns`.
    pub fn new(num_columns: usize, entries: impl ExactSizeIterator<Item = (usize, bool)>) -> Self {
        assert!(entries.len() <= MAX_SKETCH_INPUTS, "{} inputs of a sketch", entries.len());
        let with_input = |(input, (column, negative)): (usize, _)| (column, negative, input as u16);
        let mut entries: Vec<(usize, bool, u16)> = entries.enumerate().map(with_input).collect();
        entries.sort_unstable();
        let mut ends = vec![[0; 2]; num_columns];
        for &(column, negative, _) in &entries {
            ends[column][usize::from(negative)] += 1;
        }
        let mut end = 0;
        for part in ends.iter_mut().flatten() {
            end += *part;
            *part = end;
        }
        Self { inputs: entries.into_iter().map(|(_, _, input)| input).collect(), ends }
    }

    /// Output columns.
    pub fn num_columns(&self) -> usize {
        self.ends.len()
    }

    /// Projects all tokens, row-major `[num_tiles · TILE, num_columns]`: rows beyond the tokens are zero.
    /// Cost: one vector addition per input dimension and tile on AVX-512.
    ///
    /// # Panics
    /// When the tokens have another dimension or `out` another length.
    pub fn project(&self, isa: Isa, tokens: &TokenTiles, out: &mut [f32]) {
        assert_eq!(out.len(), tokens.num_tiles() * TILE * self.num_columns(), "a row per token of a tile");
        if out.is_empty() {
            return;
        }
        assert_eq!(tokens.dim(), self.inputs.len(), "tokens of the sketch's dimension");
        match isa {
            Isa::Reference => self.reference(tokens, out),
            // SAFETY: arrays need no instruction set.
            Isa::Portable => unsafe { self.in_lanes::<arch::portable::Eight, 2>(tokens, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the token proves the set.
            Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { self.avx2(tokens, out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the token proves the set.
            Isa::Avx512(_) | Isa::Amx(_) => unsafe { self.avx512(tokens, out) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: the token proves the set.
            Isa::Neon(_) | Isa::Dotprod(_) => unsafe {
                self.in_lanes::<arch::neon::Floats, 2>(tokens, out);
            },
        }
    }

    /// # Safety
    /// An [`crate::Avx2`] must exist.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    unsafe fn avx2(&self, tokens: &TokenTiles, out: &mut [f32]) {
        // SAFETY: the set is enabled here.
        unsafe { self.in_lanes::<arch::avx2::Floats, 2>(tokens, out) }
    }

    /// # Safety
    /// An [`crate::Avx512`] must exist.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2")]
    unsafe fn avx512(&self, tokens: &TokenTiles, out: &mut [f32]) {
        // SAFETY: the set is enabled here.
        unsafe { self.in_lanes::<std::arch::x86_64::__m512, 1>(tokens, out) }
    }

    /// Four tiles at a time, then one by one. `WIDTH` vectors make a tile.
    ///
    /// # Safety
    /// As [`Lanes`].
    #[inline(always)]
    unsafe fn in_lanes<L: Lanes, const WIDTH: usize>(&self, tokens: &TokenTiles, out: &mut [f32]) {
        const { assert!(WIDTH * L::NUM == TILE) };
        let mut tile = 0;
        // SAFETY: the set is the caller's; all tiles are there, and each has a line for each input.
        unsafe {
            while tile + TOGETHER <= tokens.num_tiles() {
                self.tiles::<L, WIDTH, TOGETHER>(tokens, tile, out);
                tile += TOGETHER;
            }
            while tile < tokens.num_tiles() {
                self.tiles::<L, WIDTH, 1>(tokens, tile, out);
                tile += 1;
            }
        }
    }

    /// `TILES` tiles from `first` on, four columns at a time.
    ///
    /// # Safety
    /// As [`Lanes`]; the tiles are there, with a line for each input.
    #[inline(always)]
    unsafe fn tiles<L: Lanes, const WIDTH: usize, const TILES: usize>(
        &self,
        tokens: &TokenTiles,
        first: usize,
        out: &mut [f32],
    ) {
        let tiles: [_; TILES] = std::array::from_fn(|t| tokens.tile(first + t));
        let num_columns = self.num_columns();
        let mut start = 0;
        for (at, ends) in (0..).step_by(4).zip(self.ends.chunks(4)) {
            let mut columns = [[[0.0; TILE]; 4]; TILES];
            for (c, &ends) in ends.iter().enumerate() {
                // SAFETY: the set and the lines are the caller's.
                unsafe { self.column::<L, WIDTH, TILES>(tiles, start, ends, c, &mut columns) };
                start = ends[1] as usize;
            }
            for (t, columns) in columns.iter().enumerate() {
                let rows = &mut out[(first + t) * TILE * num_columns..][..TILE * num_columns];
                store_columns(columns, ends.len(), &mut rows[at..], num_columns);
            }
        }
    }

    /// One column of `TILES` tiles. There are few inputs to a column, and never as many as to the one before: going
    /// through them once for several tiles is worth more than anything else here.
    ///
    /// # Safety
    /// As [`Lanes`]; `WIDTH * L::NUM == TILE`, and every tile has a line for each input.
    #[inline(always)]
    unsafe fn column<L: Lanes, const WIDTH: usize, const TILES: usize>(
        &self,
        tiles: [&[Line<[f32; TILE]>]; TILES],
        start: usize,
        ends: [u32; 2],
        column: usize,
        to: &mut [[[f32; TILE]; 4]; TILES],
    ) {
        let [positive, negative] = ends.map(|end| end as usize);
        // SAFETY: the set and the lines are the caller's; a line and a column hold `WIDTH` vectors.
        unsafe {
            let mut sums = [[L::splat(0.0); WIDTH]; TILES];
            for inputs in [&self.inputs[start..positive], &self.inputs[positive..negative]] {
                for &input in inputs {
                    for (sums, tile) in sums.iter_mut().zip(tiles) {
                        let line = tile.get_unchecked(usize::from(input)).0.as_ptr();
                        for (w, sum) in sums.iter_mut().enumerate() {
                            *sum = sum.add(L::load(line.add(w * L::NUM)));
                        }
                    }
                }
                // After the positive inputs and again at the end: `-(-s + v)` is `s - v`, rounded alike.
                for sums in &mut sums {
                    *sums = sums.map(|sum| sum.mul(L::splat(-1.0)));
                }
            }
            for (to, sums) in to.iter_mut().zip(sums) {
                for (w, sum) in sums.into_iter().enumerate() {
                    // Adding zero turns -0.0 into the 0.0 that a subtraction gives.
                    sum.add(L::splat(0.0)).store(to[column].as_mut_ptr().add(w * L::NUM));
                }
            }
        }
    }

    /// The obvious loop.
    fn reference(&self, tokens: &TokenTiles, out: &mut [f32]) {
        let num_columns = self.num_columns();
        for (token, row) in out.chunks_exact_mut(num_columns).enumerate() {
            let (lines, lane, mut start) = (tokens.tile(token / TILE), token % TILE, 0);
            for (value, ends) in row.iter_mut().zip(&self.ends) {
                let [positive, negative] = ends.map(|end| end as usize);
                let of = |&input: &u16| lines[usize::from(input)].0[lane];
                let sum = self.inputs[start..positive].iter().map(of).fold(0.0, |sum, v| sum + v);
                *value = self.inputs[positive..negative].iter().map(of).fold(sum, |sum, v| sum - v);
                start = negative;
            }
        }
    }
}

/// Writes up to four columns of a tile into its rows.
#[inline(always)]
fn store_columns(columns: &[[f32; TILE]; 4], num: usize, rows: &mut [f32], num_columns: usize) {
    if num < 4 {
        for (c, column) in columns.iter().take(num).enumerate() {
            rows[c..].iter_mut().step_by(num_columns).zip(column).for_each(|(value, v)| *value = *v);
        }
        return;
    }
    for lane in (0..TILE).step_by(4) {
        let four = |c: usize| -> [f32; 4] { std::array::from_fn(|j| columns[c][lane + j]) };
        let turned = transpose_4([four(0), four(1), four(2), four(3)]);
        for (j, values) in turned.into_iter().enumerate() {
            rows[(lane + j) * num_columns..][..4].copy_from_slice(&values);
        }
    }
}
