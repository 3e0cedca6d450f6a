//! A query in whole steps of its own, packed for products of bytes.

use super::groups::{Group, Line, groups, num_tokens};
use crate::Isa;
use crate::scan::Best;

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
