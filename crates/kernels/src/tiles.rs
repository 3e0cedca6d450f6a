//! Tokens laid out so that one operation meets sixteen of them.

#![allow(unsafe_code)]

use crate::panel::Line;

/// Tokens that stand side by side in a tile: one cache line of each dimension.
pub const TILE: usize = 16;

/// Tokens in tiles: `[num_tiles, dim, TILE]`; missing tokens of the last tile are zero.
#[derive(Debug, Clone, Default)]
pub struct TokenTiles {
    num_tokens: usize,
    dim: usize,
    lines: Vec<Line<[f32; TILE]>>,
}

impl TokenTiles {
    /// Takes row-major tokens `[num_tokens, dim]` in place of what was there. Cost: one pass; memory is reused.
    ///
    /// # Panics
    /// When `dim` is zero or `tokens` does not hold whole rows.
    pub fn fill(&mut self, tokens: &[f32], dim: usize) {
        assert!(dim > 0, "a dimension of zero");
        assert!(tokens.len().is_multiple_of(dim), "{} values are not rows of dimension {dim}", tokens.len());
        (self.num_tokens, self.dim) = (tokens.len() / dim, dim);
        let num_lines = self.num_tokens.div_ceil(TILE) * dim;
        self.lines.resize(num_lines, Line([0.0; TILE]));
        for (rows, lines) in tokens.chunks(TILE * dim).zip(self.lines.chunks_exact_mut(dim)) {
            transpose_in(rows, lines);
        }
    }

    /// Number of tokens.
    pub fn num_tokens(&self) -> usize {
        self.num_tokens
    }

    /// Values per token.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of tiles: a sixteenth of the tokens, rounded up.
    pub fn num_tiles(&self) -> usize {
        self.num_tokens.div_ceil(TILE)
    }

    /// One tile, `[dim]` lines.
    pub(crate) fn tile(&self, tile: usize) -> &[Line<[f32; TILE]>] {
        &self.lines[tile * self.dim..][..self.dim]
    }

    /// Tokens that are really there in a tile.
    pub(crate) fn tile_tokens(&self, tile: usize) -> usize {
        TILE.min(self.num_tokens - tile * TILE)
    }
}

/// Rows, up to sixteen, become the lanes of `lines`.
fn transpose_in(rows: &[f32], lines: &mut [Line<[f32; TILE]>]) {
    let dim = lines.len();
    if rows.len() < TILE * dim {
        lines.fill(Line([0.0; TILE]));
    }
    let num_rows = rows.len() / dim;
    let (fours, four_dims) = (num_rows / 4 * 4, dim / 4 * 4);
    for lane in (0..fours).step_by(4) {
        let rows = &rows[lane * dim..][..4 * dim];
        for (at, lines) in lines.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let four = |row: usize| -> [f32; 4] { std::array::from_fn(|j| rows[row * dim + 4 * at + j]) };
            let turned = transpose_4([four(0), four(1), four(2), four(3)]);
            for (line, lanes) in lines.iter_mut().zip(turned) {
                line.0[lane..lane + 4].copy_from_slice(&lanes);
            }
        }
    }
    for (lane, row) in rows.chunks_exact(dim).enumerate() {
        let done = if lane < fours { four_dims } else { 0 };
        for (line, &value) in lines.iter_mut().zip(row).skip(done) {
            line.0[lane] = value;
        }
    }
}

/// Rows become columns.
#[inline(always)]
pub(crate) fn transpose_4(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::*;
        // SAFETY: SSE is part of the architecture; rows and results are four values each.
        unsafe {
            let [mut a, mut b, mut c, mut d] = rows.map(|row| _mm_loadu_ps(row.as_ptr()));
            _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
            let mut out = [[0.0; 4]; 4];
            for (row, lanes) in out.iter_mut().zip([a, b, c, d]) {
                _mm_storeu_ps(row.as_mut_ptr(), lanes);
            }
            out
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    std::array::from_fn(|column| std::array::from_fn(|row| rows[row][column]))
}
