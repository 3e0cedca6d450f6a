//! A query of bfloat16, pair by pair.

use super::bf16::nearest;
use super::groups::{Group, Line, groups, num_rows, num_tokens};
use crate::Isa;
use crate::arch::avx512_bf16::{self, PairTile};
use crate::scan::{Best, Pass};

/// `[groups][dim / 2][lanes]` pairs, padded with zeros.
#[derive(Debug, Clone)]
pub(super) struct PairPanel {
    pub(super) isa: Isa,
    pub(super) dim: usize,
    pub(super) num_tokens: usize,
    pairs: Vec<Line<[u32; 16]>>,
}

impl PairPanel {
    pub(super) fn new(isa: Isa, query: &[f32], dim: usize) -> Self {
        let num_tokens = num_tokens(query.len(), dim);
        let num_pairs: usize = groups(isa, num_tokens).map(|group| group.lanes * dim.div_ceil(2)).sum();
        let mut panel = Self { isa, dim, num_tokens, pairs: vec![Line([0; 16]); num_pairs.div_ceil(16)] };
        for group in groups(isa, num_tokens) {
            for lane in 0..group.num_tokens {
                let row = &query[(group.start + lane) * dim..][..dim];
                for (k, pair) in row.chunks(2).enumerate() {
                    let upper = pair.get(1).map_or(0, |&value| nearest(value));
                    let at = panel.first(group) + k * group.lanes + lane;
                    panel.pairs[at / 16].0[at % 16] = u32::from(nearest(pair[0])) | u32::from(upper) << 16;
                }
            }
        }
        panel
    }

    /// Groups before this one are full: they take a pair per pair and token.
    fn first(&self, group: Group) -> usize {
        group.start * self.dim.div_ceil(2)
    }

    /// Hands out the row and the maximum of every query token, in order.
    pub(super) fn scan(&self, document: &[u8], matches: bool, mut take: impl FnMut(usize, u32, f32)) {
        let num_rows = num_rows(document.len(), 2 * self.dim);
        let mut best = Best::new();
        for group in groups(self.isa, self.num_tokens) {
            let query = self.pairs[self.first(group) / 16..].as_ptr().cast();
            let tile = PairTile { query, document: document.as_ptr(), dim: self.dim };
            let pass = Pass { num_rows, lanes: group.lanes, matches };
            // SAFETY: the document holds the rows of the pass, the panel all pairs of `group.lanes` query tokens, and
            // `groups` made the group for this set, which multiplies pairs: no other has such a panel.
            unsafe { avx512_bf16::run(tile, pass, &mut best) };
            for lane in 0..group.num_tokens {
                take(group.start + lane, best.rows[lane], best.values[lane]);
            }
        }
    }
}
