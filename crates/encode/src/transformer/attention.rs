//! Attention within each sequence (Vaswani et al., arXiv 1706.03762, §3.2).

use pleiad_kernels::{Activation, FloatPanels, Isa, Matrix, MatrixMut, softmax_unscaled};
use std::ops::Range;

/// Rows of scores that are made at once: they stay in the nearest caches.
const BLOCK_ROWS: usize = 48;

/// Memory that is used again and again.
#[derive(Debug)]
pub(crate) struct AttentionScratch {
    keys: FloatPanels,
    values: FloatPanels,
    scores: Vec<f32>,
    sums: Vec<f32>,
}

impl AttentionScratch {
    pub(crate) fn new() -> Self {
        let panels = || FloatPanels::new(Isa::best());
        Self { keys: panels(), values: panels(), scores: Vec::new(), sums: Vec::new() }
    }
}

/// How one layer attends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attention {
    pub(crate) dim: usize,
    pub(crate) num_heads: usize,
    /// How far a token looks to either side; nothing means everywhere.
    pub(crate) reach: Option<usize>,
}

impl Attention {
    /// Writes the context of one sequence, `[num_tokens, dim]`, from its queries, keys and values,
    /// `[num_tokens, 3 · dim]`. Only the first `num_keys` tokens are looked at, by all.
    pub(crate) fn attend(
        &self,
        qkv: &[f32],
        num_keys: usize,
        scratch: &mut AttentionScratch,
        out: &mut [f32],
    ) {
        let head_dim = self.dim / self.num_heads;
        for head in 0..self.num_heads {
            let columns = head * head_dim..(head + 1) * head_dim;
            self.head(qkv, num_keys, columns, scratch, out);
        }
    }

    fn head(
        &self,
        qkv: &[f32],
        num_keys: usize,
        columns: Range<usize>,
        scratch: &mut AttentionScratch,
        out: &mut [f32],
    ) {
        let (dim, row_len) = (self.dim, 3 * self.dim);
        let part = |which: usize| which * dim + columns.start..which * dim + columns.end;
        let seen = &qkv[..num_keys * row_len];
        scratch.keys.pack_rows(Matrix::columns(seen, row_len, part(1)));
        scratch.values.pack_columns(Matrix::columns(seen, row_len, part(2)));
        let scale = 1.0 / (columns.len() as f32).sqrt();
        let blocks = qkv.chunks(BLOCK_ROWS * row_len).zip(out.chunks_mut(BLOCK_ROWS * dim));
        for (block, (queries, out)) in blocks.enumerate() {
            let queries = Matrix::columns(queries, row_len, part(0));
            scratch.scores.resize(queries.num_rows() * num_keys, 0.0);
            scratch.sums.resize(queries.num_rows(), 0.0);
            let mut scores = MatrixMut::new(&mut scratch.scores, num_keys);
            scratch.keys.product(queries, Activation::Identity, &mut scores);
            self.hide_far(block * BLOCK_ROWS, num_keys, &mut scratch.scores);
            softmax_unscaled(Isa::best(), &mut scratch.scores, scale, &mut scratch.sums);
            let mut context = MatrixMut::columns(out, dim, columns.clone());
            let weights = Matrix::new(&scratch.scores, num_keys);
            scratch.values.product(weights, Activation::Identity, &mut context);
            for (row, sum) in scratch.sums.iter().enumerate() {
                let inverse = 1.0 / sum;
                context.row_mut(row).iter_mut().for_each(|value| *value *= inverse);
            }
        }
    }

    /// Gives what is out of reach no weight.
    fn hide_far(&self, first_row: usize, num_keys: usize, scores: &mut [f32]) {
        let Some(reach) = self.reach.filter(|&reach| reach < first_row + BLOCK_ROWS || reach < num_keys)
        else {
            return;
        };
        for (row, scores) in (first_row..).zip(scores.chunks_exact_mut(num_keys)) {
            let near = row.saturating_sub(reach).min(num_keys)..(row + reach + 1).min(num_keys);
            // A token out of reach of every key keeps the nearest one, so that its weights have a sum.
            let near = if near.is_empty() { num_keys - 1..num_keys } else { near };
            scores[..near.start].fill(f32::NEG_INFINITY);
            scores[near.end..].fill(f32::NEG_INFINITY);
        }
    }
}
