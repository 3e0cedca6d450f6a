//! A query of `f32`.

use super::{Line, num_rows, num_tokens};
use crate::scan::{Best, Group, HalfFormat, Pass, groups};
use crate::tile::{F32Tile, HalfTile};
use crate::{Isa, arch, half, reference};

/// A query packed for one instruction set: `[groups][dim][lanes]`, padded with zeros to whole vectors.
///
/// Its results for a pair of tokens do not depend on the other tokens, nor on how documents are batched. Where
/// the set has fused multiply-add a similarity is rounded once per dimension, else twice; both stay within
/// `dim · 2⁻²³ · Σ|q·d|` of the exact value. Maxima, scores and matches see the same bits, so the parts of a
/// score add up to it.
///
/// # Examples
/// ```
/// use pleiad_kernels::{Isa, QueryPanel};
///
/// let query = [1.0, 0.0, 0.0, 2.0]; // two tokens of two dimensions
/// let document = [0.5, 0.5, 1.0, 0.0, 0.0, 3.0]; // three
/// let panel = QueryPanel::new(Isa::best(), &query, 2);
/// assert_eq!(panel.maxsim(&document), 1.0 + 6.0);
/// ```
#[derive(Debug, Clone)]
pub struct QueryPanel {
    isa: Isa,
    dim: usize,
    num_tokens: usize,
    values: Vec<Line<[f32; 16]>>,
}

/// Document tokens, row-major `[≥ 1, dim]`, in a format that is read where it lies.
///
/// Halves are little-endian and widened exactly on the way, so a score is to the bit that of the widened rows.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// Single precision.
    F32(&'a [f32]),
    /// Half precision (IEEE 754 binary16), two bytes a value.
    F16(&'a [u8]),
    /// The upper halves of single precision (bfloat16), two bytes a value.
    Bf16(&'a [u8]),
}

impl Rows<'_> {
    fn num_rows(self, dim: usize) -> usize {
        match self {
            Self::F32(values) => num_rows(values.len(), dim),
            Self::F16(bytes) | Self::Bf16(bytes) => num_rows(bytes.len(), 2 * dim),
        }
    }
}

impl QueryPanel {
    /// Packs row-major query tokens `[num_tokens, dim]`. Cost: one pass and one allocation.
    ///
    /// # Panics
    /// When `dim` is zero or `query` does not hold whole rows.
    pub fn new(isa: Isa, query: &[f32], dim: usize) -> Self {
        let num_tokens = num_tokens(query.len(), dim);
        let num_values: usize = groups(isa, num_tokens).map(|group| group.lanes * dim).sum();
        let mut values = vec![Line([0.0; 16]); num_values.div_ceil(16)];
        for group in groups(isa, num_tokens) {
            for lane in 0..group.num_tokens {
                let row = &query[(group.start + lane) * dim..][..dim];
                for (k, &value) in row.iter().enumerate() {
                    // The reference keeps rows.
                    let within = if isa == Isa::Reference { lane * dim + k } else { k * group.lanes + lane };
                    let at = group.start * dim + within;
                    values[at / 16].0[at % 16] = value;
                }
            }
        }
        Self { isa, dim, num_tokens, values }
    }

    /// Number of query tokens.
    pub fn num_tokens(&self) -> usize {
        self.num_tokens
    }

    /// Values per token.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The instruction set it is packed for.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Per query token, the largest inner product with a token of `document` (row-major `[≥ 1, dim]`).
    ///
    /// Cost: `num_tokens · rows · dim` multiply-adds; nothing is allocated, no similarity is written to memory.
    ///
    /// # Panics
    /// When `document` is empty or does not hold whole rows, or `out` does not hold one value per query token.
    pub fn maxima(&self, document: &[f32], out: &mut [f32]) {
        self.maxima_of(Rows::F32(document), out);
    }

    /// The sum of the maxima, in the order of the query tokens; zero for a query without tokens.
    ///
    /// # Panics
    /// When `document` is empty or does not hold whole rows.
    pub fn maxsim(&self, document: &[f32]) -> f32 {
        self.maxsim_of(Rows::F32(document))
    }

    /// Per query token, the first document token that reaches the maximum, and the maximum, to the bit as
    /// [`QueryPanel::maxima`] gives it. Cost: a few per cent more.
    ///
    /// # Panics
    /// As [`QueryPanel::maxima`].
    pub fn matches(&self, document: &[f32], out: &mut [(u32, f32)]) {
        self.matches_of(Rows::F32(document), out);
    }

    /// [`QueryPanel::maxima`] for documents of any float format.
    ///
    /// # Panics
    /// As there.
    pub fn maxima_of(&self, document: Rows<'_>, out: &mut [f32]) {
        assert_eq!(out.len(), self.num_tokens, "one maximum per query token");
        self.scan(document, false, |token, _, maximum| out[token] = maximum);
    }

    /// [`QueryPanel::maxsim`] for documents of any float format.
    ///
    /// # Panics
    /// As there.
    pub fn maxsim_of(&self, document: Rows<'_>) -> f32 {
        let mut sum = 0.0;
        self.scan(document, false, |_, _, maximum| sum += maximum);
        sum
    }

    /// [`QueryPanel::matches`] for documents of any float format.
    ///
    /// # Panics
    /// As there.
    pub fn matches_of(&self, document: Rows<'_>, out: &mut [(u32, f32)]) {
        assert_eq!(out.len(), self.num_tokens, "one match per query token");
        self.scan(document, true, |token, row, maximum| out[token] = (row, maximum));
    }

    /// Hands out the row and the maximum of every query token, in order.
    pub(super) fn scan(&self, document: Rows<'_>, matches: bool, mut take: impl FnMut(usize, u32, f32)) {
        let num_rows = document.num_rows(self.dim);
        let mut best = Best::new();
        for group in groups(self.isa, self.num_tokens) {
            if self.isa == Isa::Reference {
                self.reference_pass(group, document, &mut best);
            } else {
                let pass = Pass { num_rows, lanes: group.lanes, matches };
                self.pass(group, document, pass, &mut best);
            }
            for lane in 0..group.num_tokens {
                take(group.start + lane, best.rows[lane], best.values[lane]);
            }
        }
    }

    fn pass(&self, group: Group, document: Rows<'_>, pass: Pass, best: &mut Best) {
        // Groups before this one are full: they take `dim` values per token.
        let query = self.values[group.start * self.dim / 16..].as_ptr().cast();
        let dim = self.dim;
        let half = |bytes: &[u8], format| HalfTile { query, document: bytes.as_ptr(), dim, format };
        // SAFETY: the document holds `pass.num_rows` rows of `dim` values, the panel `dim * group.lanes` from
        // `query` on, and `groups` made the group for this set.
        unsafe {
            match document {
                Rows::F32(values) => {
                    arch::run(self.isa, F32Tile { query, document: values.as_ptr(), dim }, pass, best);
                }
                Rows::F16(bytes) => arch::run(self.isa, half(bytes, HalfFormat::F16), pass, best),
                Rows::Bf16(bytes) => arch::run(self.isa, half(bytes, HalfFormat::Bf16), pass, best),
            }
        }
    }

    fn reference_pass(&self, group: Group, document: Rows<'_>, best: &mut Best) {
        *best = Best::new();
        let widened = |bytes: &[u8], format| -> Vec<f32> {
            bytes.as_chunks().0.iter().map(|&half| half::widen(u16::from_le_bytes(half), format)).collect()
        };
        let document = match document {
            Rows::F32(values) => values.to_vec(),
            Rows::F16(bytes) => widened(bytes, HalfFormat::F16),
            Rows::Bf16(bytes) => widened(bytes, HalfFormat::Bf16),
        };
        for lane in 0..group.num_tokens {
            let row = (group.start + lane) * self.dim;
            let query: Vec<f32> = (row..row + self.dim).map(|at| self.values[at / 16].0[at % 16]).collect();
            let rows = document.chunks_exact(self.dim);
            reference::best(lane, best, rows.map(|row| reference::dot(&query, row)));
        }
    }
}
