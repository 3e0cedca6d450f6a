//! A query of `i8` for documents of byte codes.

use super::{Line, num_rows, num_tokens};
use crate::scan::{Best, Group, Pass, groups};
use crate::tile::U8Tile;
use crate::{Isa, arch, reference};

/// A query in whole steps of its own, one step width per token, against documents of `u8` codes.
///
/// A document token is `scale · (code − 128)`, with one scale per token. The products of bytes are summed
/// exactly and multiplied by the document's scale *before* the maximum, so a token with a small scale is not
/// over-rated; every instruction set gives the same bits.
///
/// What it costs: a query value is off by at most half its step, `max|q| / 254`, so a similarity by at most
/// `max|q| / 254 · Σ|d|` and the rounding of the result (a test holds this), beside what the codes of the
/// document lost already.
#[derive(Debug, Clone)]
pub struct QuantizedPanel(QueryCodes);

impl QuantizedPanel {
    /// Quantizes and packs row-major query tokens `[num_tokens, dim]`. Cost: two passes.
    ///
    /// # Panics
    /// When `dim` is zero or above 32,768, or `query` does not hold whole rows.
    pub fn new(isa: Isa, query: &[f32], dim: usize) -> Self {
        Self(QueryCodes::new(isa, query, dim, dim.next_multiple_of(arch::block_bytes(isa)), |k| k))
    }

    /// Number of query tokens.
    pub fn num_tokens(&self) -> usize {
        self.0.num_tokens()
    }

    /// Values per token.
    pub fn dim(&self) -> usize {
        self.0.dim
    }

    /// The instruction set it is packed for.
    pub fn isa(&self) -> Isa {
        self.0.isa
    }

    /// Per query token, the largest inner product with a document token `scale · (code − 128)`.
    ///
    /// `codes` is row-major `[≥ 1, dim]`, `scales` has one value per row. Cost: as
    /// [`QueryPanel::maxima`](crate::QueryPanel::maxima), at up to four times the speed where VNNI is there.
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

    fn scan(&self, codes: &[u8], scales: &[f32], matches: bool, take: impl FnMut(usize, u32, f32)) {
        let num_rows = num_rows(codes.len(), self.dim());
        assert_eq!(scales.len(), num_rows, "one scale per document token");
        self.0.scan(|group, best| self.pass(group, codes, scales, matches, best), take);
    }

    fn pass(&self, group: Group, codes: &[u8], scales: &[f32], matches: bool, best: &mut Best) {
        if self.isa() == Isa::Reference {
            return self.reference_pass(group, codes, scales, best);
        }
        let tile = U8Tile {
            query: self.0.codes(group),
            offsets: self.0.offsets(group),
            codes: codes.as_ptr(),
            scales: scales.as_ptr(),
            dim: self.dim(),
        };
        let pass = Pass { num_rows: scales.len(), lanes: group.lanes, matches };
        // SAFETY: `codes` holds a row of `dim` codes for each scale, the panel `dim` codes, rounded up to the set's
        // blocks, and an offset for `group.lanes` query tokens, and `groups` made the group for this set.
        unsafe { arch::run_codes(self.isa(), tile, pass, best) }
    }

    fn reference_pass(&self, group: Group, codes: &[u8], scales: &[f32], best: &mut Best) {
        *best = Best::new();
        for lane in 0..group.num_tokens {
            let query = self.0.row(group, lane);
            let sums = codes.chunks_exact(self.dim()).map(|row| reference::dot_u8_i8(row, &query));
            reference::best(lane, best, sums.zip(scales).map(|(sum, scale)| sum as f32 * scale));
        }
    }
}

/// Largest code of a query: −128 is left out, so that a negated code is a code.
const MAX_CODE: f32 = 127.0;

/// Largest dimension: the sum of products must fit 32 bits, half of which the offset may take.
const MAX_CODES_DIM: usize = 1 << 15;

/// `i8` codes of a query, a step width per token, and what kernels that multiply unsigned bytes start from.
#[derive(Debug, Clone)]
pub(crate) struct QueryCodes {
    pub(crate) isa: Isa,
    pub(crate) dim: usize,
    /// Places per token, a multiple of four.
    num_slots: usize,
    /// `[groups][slots / 4][lanes][4]`, or rows for the reference.
    codes: Vec<Line<[i8; 64]>>,
    /// `−128·Σ codes` per query token and padding lane.
    offsets: Vec<i32>,
    /// Step width per query token.
    steps: Vec<f32>,
}

impl QueryCodes {
    /// Quantizes row-major `[num_tokens, dim]` and puts dimension `k` where `slot(k)` says.
    ///
    /// # Panics
    /// When `dim` is zero or above 32,768, or `query` does not hold whole rows.
    pub(crate) fn new(
        isa: Isa,
        query: &[f32],
        dim: usize,
        num_slots: usize,
        slot: impl Fn(usize) -> usize,
    ) -> Self {
        assert!(dim <= MAX_CODES_DIM, "dimension {dim} is above {MAX_CODES_DIM}");
        let num_tokens = num_tokens(query.len(), dim);
        let num_lanes: usize = groups(isa, num_tokens).map(|group| group.lanes).sum();
        let mut packed = Self {
            isa,
            dim,
            num_slots,
            codes: vec![Line([0; 64]); (num_lanes * num_slots).div_ceil(64)],
            offsets: vec![0; num_lanes],
            steps: Vec::with_capacity(num_tokens),
        };
        for group in groups(isa, num_tokens) {
            for lane in 0..group.num_tokens {
                packed.pack(group, lane, &query[(group.start + lane) * dim..][..dim], &slot);
            }
        }
        packed
    }

    fn pack(&mut self, group: Group, lane: usize, row: &[f32], slot: impl Fn(usize) -> usize) {
        let step = row.iter().fold(0.0f32, |max, value| max.max(value.abs())) / MAX_CODE;
        self.steps.push(step);
        for (k, value) in row.iter().enumerate() {
            // Where the values are so small that the step is zero, so is every code. Clamped, because a
            // denormal step may be far from 1/127 of the largest value.
            let code = if step > 0.0 { (value / step).round().clamp(-MAX_CODE, MAX_CODE) as i8 } else { 0 };
            self.offsets[group.start + lane] -= 128 * i32::from(code);
            // The reference reads its rows in order of dimensions.
            let at = self.code_at(group, lane, if self.isa == Isa::Reference { k } else { slot(k) });
            self.codes[at / 64].0[at % 64] = code;
        }
    }

    fn code_at(&self, group: Group, lane: usize, slot: usize) -> usize {
        let within = if self.isa == Isa::Reference {
            lane * self.num_slots + slot
        } else {
            (slot / 4 * group.lanes + lane) * 4 + slot % 4
        };
        group.start * self.num_slots + within
    }

    pub(crate) fn num_tokens(&self) -> usize {
        self.steps.len()
    }

    /// Step width of one token.
    pub(crate) fn step(&self, token: usize) -> f32 {
        self.steps[token]
    }

    /// Returns the first code of a group. Groups before it are full: they take a code per slot and token.
    pub(crate) fn codes(&self, group: Group) -> *const i8 {
        self.codes[group.start * self.num_slots / 64..].as_ptr().cast()
    }

    /// Returns the first offset of a group.
    pub(crate) fn offsets(&self, group: Group) -> *const i32 {
        self.offsets[group.start..].as_ptr()
    }

    /// The codes of one token, from a panel packed for the reference.
    pub(crate) fn row(&self, group: Group, lane: usize) -> Vec<i8> {
        (0..self.dim).map(|k| self.code_at(group, lane, k)).map(|at| self.codes[at / 64].0[at % 64]).collect()
    }

    /// Runs `pass` for each group and hands out the row and the maximum of every query token, in order.
    pub(crate) fn scan(&self, mut pass: impl FnMut(Group, &mut Best), mut take: impl FnMut(usize, u32, f32)) {
        let mut best = Best::new();
        for group in groups(self.isa, self.num_tokens()) {
            pass(group, &mut best);
            for lane in 0..group.num_tokens {
                let token = group.start + lane;
                // Adding zero: a step of zero must not leave -0.0 behind.
                take(token, best.rows[lane], best.values[lane] * self.steps[token] + 0.0);
            }
        }
    }
}
