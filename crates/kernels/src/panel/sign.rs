//! A query of signs for documents of signs.

use super::groups::{Group, Line, groups, num_rows, num_tokens};
use crate::scan::Pass;
use crate::tile::{Nearest, SignTile};
use crate::{Isa, arch, reference};

/// Largest dimension: every similarity is a whole number that an `f32` holds exactly.
const MAX_SIGNS_DIM: usize = 1 << 24;

/// Sign bits of a query against documents of sign bits: the cheapest MaxSim there is, and the coarsest.
///
/// A similarity is the inner product of signs, `dim − 2·(differing bits)`, exact on every instruction set. Magnitudes are
/// lost on both sides: use it to find candidates, and score those with a panel that keeps the query's
/// ([`PackedPanel`](crate::PackedPanel) takes the same documents).
///
/// # Examples
/// ```
/// use pleiad_kernels::{Isa, SignPanel};
///
/// let panel = SignPanel::new(Isa::best(), &[1.0, 0.5, -1.0], 3);
/// // Two tokens of one byte each: signs + + - and - - +.
/// assert_eq!(panel.maxsim(&[0b011, 0b100]), 3.0);
/// ```
#[derive(Debug, Clone)]
pub struct SignPanel {
    isa: Isa,
    dim: usize,
    num_tokens: usize,
    /// `[groups][words][lanes]`; the reference has the same.
    words: Vec<Line<[u32; 16]>>,
}

impl SignPanel {
    /// Takes the signs of row-major query tokens `[num_tokens, dim]`; zeros count as positive, as a set bit does. Cost: a
    /// pass.
    ///
    /// # Panics
    /// When `dim` is zero or above 2²⁴, or `query` does not hold whole rows.
    pub fn new(isa: Isa, query: &[f32], dim: usize) -> Self {
        assert!(dim <= MAX_SIGNS_DIM, "dimension {dim} is above {MAX_SIGNS_DIM}");
        let num_tokens = num_tokens(query.len(), dim);
        let num_lanes: usize = groups(isa, num_tokens).map(|group| group.lanes).sum();
        let num_words = (num_lanes * dim.div_ceil(32)).div_ceil(16);
        let mut panel = Self { isa, dim, num_tokens, words: vec![Line([0; 16]); num_words] };
        for group in groups(isa, num_tokens) {
            for lane in 0..group.num_tokens {
                let row = &query[(group.start + lane) * dim..][..dim];
                for (k, _) in row.iter().enumerate().filter(|(_, value)| **value >= 0.0) {
                    let at = panel.word_at(group, lane, k / 32);
                    panel.words[at / 16].0[at % 16] |= 1 << (k % 32);
                }
            }
        }
        panel
    }

    /// Number of query tokens.
    pub fn num_tokens(&self) -> usize {
        self.num_tokens
    }

    /// Signs per token.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The instruction set it is packed for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Bytes of a row of a document: bit `k % 8` of byte `k / 8` is set where dimension `k` is positive.
    pub fn row_bytes(&self) -> usize {
        self.dim.div_ceil(8)
    }

    /// Per query token, the largest inner product of its signs with those of a document token.
    ///
    /// `bits` is row-major, [`SignPanel::row_bytes`] bytes per row, at least one row; what the unused bits of a row's
    /// last byte hold does not matter. Cost: 32 dimensions of 16 query tokens a step on AVX-512.
    ///
    /// # Panics
    /// When `bits` is empty or does not hold whole rows, or `out` has another length.
    pub fn maxima(&self, bits: &[u8], out: &mut [f32]) {
        assert_eq!(out.len(), self.num_tokens, "one maximum per query token");
        self.scan(bits, false, |token, _, maximum| out[token] = maximum);
    }

    /// The sum of the maxima, in the order of the query tokens; zero for a query without tokens.
    ///
    /// # Panics
    /// As [`SignPanel::maxima`].
    pub fn maxsim(&self, bits: &[u8]) -> f32 {
        let mut sum = 0.0;
        self.scan(bits, false, |_, _, maximum| sum += maximum);
        sum
    }

    /// Per query token, the first document token that reaches the maximum, and the maximum.
    ///
    /// # Panics
    /// As [`SignPanel::maxima`].
    pub fn matches(&self, bits: &[u8], out: &mut [(u32, f32)]) {
        assert_eq!(out.len(), self.num_tokens, "one match per query token");
        self.scan(bits, true, |token, row, maximum| out[token] = (row, maximum));
    }

    fn scan(&self, bits: &[u8], matches: bool, mut take: impl FnMut(usize, u32, f32)) {
        let num_rows = num_rows(bits.len(), self.row_bytes());
        let mut nearest = Nearest::new();
        for group in groups(self.isa, self.num_tokens) {
            let pass = Pass { num_rows, lanes: group.lanes, matches };
            self.pass(group, bits, pass, &mut nearest);
            for lane in 0..group.num_tokens {
                let similarity = self.dim as f32 - 2.0 * nearest.differing[lane] as f32;
                take(group.start + lane, nearest.rows[lane], similarity);
            }
        }
    }

    fn pass(&self, group: Group, bits: &[u8], pass: Pass, nearest: &mut Nearest) {
        if self.isa == Isa::Reference {
            return self.reference_pass(group, bits, nearest);
        }
        let first = self.word_at(group, 0, 0);
        let tile = SignTile {
            query: self.words[first / 16..].as_ptr().cast::<u32>().wrapping_add(first % 16),
            lanes: group.lanes,
            rows: bits.as_ptr(),
            dim: self.dim,
        };
        // SAFETY: `bits` holds the rows of the pass, the panel every word of `group.lanes` query tokens, and `groups`
        // made the group for this set.
        unsafe { arch::run_signs(self.isa, tile, pass, nearest) }
    }

    fn reference_pass(&self, group: Group, bits: &[u8], nearest: &mut Nearest) {
        for lane in 0..group.num_tokens {
            let query = |k: usize| {
                let at = self.word_at(group, lane, k / 32);
                self.words[at / 16].0[at % 16] >> (k % 32) & 1
            };
            let query: Vec<u32> = (0..self.dim).map(query).collect();
            let rows = bits.chunks_exact(self.row_bytes());
            let differing = rows.map(|row| reference::differing(row, &query));
            // The first of the smallest.
            let (row, fewest) = (0..).zip(differing).min_by_key(|(_, count)| *count).unwrap_or((0, 0));
            (nearest.rows[lane], nearest.differing[lane]) = (row, fewest);
        }
    }

    /// Groups before this one are full: they take a word per word and token.
    fn word_at(&self, group: Group, lane: usize, word: usize) -> usize {
        group.start * self.dim.div_ceil(32) + word * group.lanes + lane
    }
}
