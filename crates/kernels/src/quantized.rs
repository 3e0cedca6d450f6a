//! A query of `i8`, packed once, for documents of byte codes.

#![allow(unsafe_code)]

use crate::panel::{Group, Line, groups, num_rows};
use crate::scan::Best;
use crate::tile::U8Tile;
use crate::{Isa, arch, reference};
use std::marker::PhantomData;

/// Largest code of a query: −128 is left out, so that a negated code is a code.
const MAX_CODE: f32 = 127.0;

/// Largest dimension: the sum of products must fit 32 bits, half of which the offset may take.
const MAX_QUANTIZED_DIM: usize = 1 << 15;

/// A query in whole steps of its own, one step width per token, against documents of `u8` codes.
///
/// A document token is `scale · (code − 128)`, with one scale per token. The products of bytes are summed
/// exactly and multiplied by the document's scale *before* the maximum, so a token with a small scale is not
/// over-rated; every instruction set gives the same bits.
///
/// What it costs: a query value is off by at most half its step, `max|q| / 254`, so a similarity by at most
/// `max|q| / 254 · Σ|d|` (a test holds this), beside what the codes of the document lost already.
#[derive(Debug, Clone)]
pub struct QuantizedPanel {
    isa: Isa,
    dim: usize,
    /// `[groups][dim / 4][lanes][4]`, or rows for the reference.
    codes: Vec<Line<[i8; 64]>>,
    /// `−128·Σ codes` per query token and padding lane.
    offsets: Vec<i32>,
    /// Step width per query token.
    steps: Vec<f32>,
}

impl QuantizedPanel {
    /// Quantises and packs row-major query tokens `[num_tokens, dim]`. Cost: two passes.
    ///
    /// # Panics
    /// When `dim` is zero or above 32,768, or `query` does not hold whole rows.
    pub fn new(isa: Isa, query: &[f32], dim: usize) -> Self {
        assert!((1..=MAX_QUANTIZED_DIM).contains(&dim), "dimension {dim} is outside 1..={MAX_QUANTIZED_DIM}");
        assert!(query.len().is_multiple_of(dim), "{} values are not rows of dimension {dim}", query.len());
        let num_tokens = query.len() / dim;
        let num_lanes: usize = groups(isa, num_tokens).map(|group| group.lanes).sum();
        let mut panel = Self {
            isa,
            dim,
            codes: vec![Line([0; 64]); (num_lanes * dim.next_multiple_of(4)).div_ceil(64)],
            offsets: vec![0; num_lanes],
            steps: Vec::with_capacity(num_tokens),
        };
        for group in groups(isa, num_tokens) {
            for lane in 0..group.num_tokens {
                panel.pack(group, lane, &query[(group.start + lane) * dim..][..dim]);
            }
        }
        panel
    }

    fn pack(&mut self, group: Group, lane: usize, row: &[f32]) {
        let step = row.iter().fold(0.0f32, |max, value| max.max(value.abs())) / MAX_CODE;
        self.steps.push(step);
        for (k, value) in row.iter().enumerate() {
            // Where the values are so small that the step is zero, so is every code. Clamped, because a
            // denormal step may be far from 1/127 of the largest value.
            let code = if step > 0.0 { (value / step).round().clamp(-MAX_CODE, MAX_CODE) as i8 } else { 0 };
            self.offsets[group.start + lane] -= 128 * i32::from(code);
            let at = self.code_at(group, lane, k);
            self.codes[at / 64].0[at % 64] = code;
        }
    }

    fn code_at(&self, group: Group, lane: usize, k: usize) -> usize {
        let within = if self.isa == Isa::Reference {
            lane * self.padded_dim() + k
        } else {
            (k / 4 * group.lanes + lane) * 4 + k % 4
        };
        group.start * self.padded_dim() + within
    }

    fn padded_dim(&self) -> usize {
        self.dim.next_multiple_of(4)
    }

    /// Number of query tokens.
    pub fn num_tokens(&self) -> usize {
        self.steps.len()
    }

    /// Values per token.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The instruction set it is packed for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Per query token, the largest inner product with a document token `scale · (code − 128)`.
    ///
    /// `codes` is row-major `[≥ 1, dim]`, `scales` has one value per row. Cost: as
    /// [`QueryPanel::maxima`](crate::QueryPanel::maxima), at four times the speed where VNNI is there.
    ///
    /// # Panics
    /// When `codes` is empty or does not hold whole rows, or `scales` or `out` has another length.
    pub fn maxima(&self, codes: &[u8], scales: &[f32], out: &mut [f32]) {
        assert_eq!(out.len(), self.num_tokens(), "one maximum per query token");
        self.scan(codes, scales, false, |token, _, maximum| out[token] = maximum);
    }

    /// The sum of the maxima, in the order of the query tokens; zero for a query without tokens.
    ///
    /// # Panics
    /// As [`QuantizedPanel::maxima`].
    pub fn maxsim(&self, codes: &[u8], scales: &[f32]) -> f32 {
        let mut sum = 0.0;
        self.scan(codes, scales, false, |_, _, maximum| sum += maximum);
        sum
    }

    /// Per query token, the first document token that reaches the maximum, and the maximum, to the bit as
    /// [`QuantizedPanel::maxima`] gives it.
    ///
    /// # Panics
    /// As [`QuantizedPanel::maxima`].
    pub fn matches(&self, codes: &[u8], scales: &[f32], out: &mut [(u32, f32)]) {
        assert_eq!(out.len(), self.num_tokens(), "one match per query token");
        self.scan(codes, scales, true, |token, row, maximum| out[token] = (row, maximum));
    }

    /// Hands out the row and the maximum of every query token, in order.
    fn scan(&self, codes: &[u8], scales: &[f32], matches: bool, mut take: impl FnMut(usize, u32, f32)) {
        let num_rows = num_rows(codes.len(), self.dim);
        assert_eq!(scales.len(), num_rows, "one scale per document token");
        let mut best = Best::new();
        for group in groups(self.isa, self.num_tokens()) {
            self.pass(group, codes, scales, matches, &mut best);
            for lane in 0..group.num_tokens {
                let token = group.start + lane;
                // Adding zero: a step of zero must not leave -0.0 behind.
                take(token, best.rows[lane], best.values[lane] * self.steps[token] + 0.0);
            }
        }
    }

    fn pass(&self, group: Group, codes: &[u8], scales: &[f32], matches: bool, best: &mut Best) {
        let num_rows = scales.len();
        // SAFETY (of the kernels below): `codes` holds `num_rows` rows of `dim` codes with one scale each, the
        // panel `dim` codes, rounded up to fours, and an offset for `group.lanes` query tokens, and the token
        // in `isa` proves the set.
        match self.isa {
            Isa::Reference => self.reference_pass(group, codes, scales, best),
            // SAFETY: as above.
            Isa::Portable => unsafe {
                arch::portable::scan_u8(
                    self.tile(group, codes, scales),
                    num_rows,
                    group.lanes,
                    matches,
                    best,
                );
            },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Isa::Avx2(_) => unsafe {
                arch::avx2::scan_u8(self.tile(group, codes, scales), num_rows, group.lanes, matches, best);
            },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Isa::Avx512(_) => unsafe {
                arch::avx512::scan_u8(self.tile(group, codes, scales), num_rows, group.lanes, matches, best);
            },
        }
    }

    fn tile<B>(&self, group: Group, codes: &[u8], scales: &[f32]) -> U8Tile<B> {
        // Groups before this one are full: they take a code per dimension and token.
        let query = &self.codes[group.start * self.padded_dim() / 64..];
        U8Tile {
            query: query.as_ptr().cast(),
            offsets: self.offsets[group.start..].as_ptr(),
            codes: codes.as_ptr(),
            scales: scales.as_ptr(),
            dim: self.dim,
            lanes: PhantomData,
        }
    }

    fn reference_pass(&self, group: Group, codes: &[u8], scales: &[f32], best: &mut Best) {
        *best = Best::new();
        for lane in 0..group.num_tokens {
            let query: Vec<i8> = (0..self.dim)
                .map(|k| self.code_at(group, lane, k))
                .map(|at| self.codes[at / 64].0[at % 64])
                .collect();
            let sums = codes.chunks_exact(self.dim).map(|row| reference::dot_u8_i8(row, &query));
            reference::best(lane, best, sums.zip(scales).map(|(sum, scale)| sum as f32 * scale));
        }
    }
}
