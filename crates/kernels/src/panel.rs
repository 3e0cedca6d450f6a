//! A query of `f32`, packed once.

#![allow(unsafe_code)]

use crate::scan::{Best, MAX_GROUP};
use crate::tile::F32Tile;
use crate::{Isa, arch, reference};
use std::marker::PhantomData;

/// A query packed for one instruction set: `[groups][dim][lanes]`, padded with zeros to whole vectors.
///
/// Its results for a pair of tokens do not depend on the other tokens, nor on how documents are batched. Where
/// the set has fused multiply-add a similarity is rounded once per dimension, else twice; both stay within
/// `dim · 2⁻²³ · Σ|q·d|` of the exact value. [`QueryPanel::maxima`], [`QueryPanel::maxsim`] and
/// [`QueryPanel::matches`] see the same bits, so the parts of a score add up to it.
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

/// A cache line, so that no load of a vector touches two.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line<T>(pub(crate) T);

/// Query tokens that are served by one pass over a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Group {
    /// The first of them.
    pub(crate) start: usize,
    /// How many there are.
    pub(crate) num_tokens: usize,
    /// How many there is room for: one vector of lanes or two.
    pub(crate) lanes: usize,
}

/// Cuts the tokens of a query into groups: all full but the last.
pub(crate) fn groups(isa: Isa, num_tokens: usize) -> impl Iterator<Item = Group> {
    let full = match isa {
        Isa::Portable => 16,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => 16,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => MAX_GROUP,
        Isa::Reference => MAX_GROUP,
    };
    (0..num_tokens).step_by(full).map(move |start| {
        let num_tokens = full.min(num_tokens - start);
        Group { start, num_tokens, lanes: if num_tokens <= full / 2 { full / 2 } else { full } }
    })
}

/// Number of rows in a slice, which must be whole rows and at least one.
pub(crate) fn num_rows(len: usize, dim: usize) -> usize {
    assert!(len > 0, "a document needs at least one token");
    assert!(len.is_multiple_of(dim), "{len} values are not rows of dimension {dim}");
    let rows = len / dim;
    assert!(u32::try_from(rows).is_ok(), "{rows} rows: more than 32 bits count");
    rows
}

impl QueryPanel {
    /// Packs row-major query tokens `[num_tokens, dim]`. Cost: one pass and one allocation.
    ///
    /// # Panics
    /// When `dim` is zero or `query` does not hold whole rows.
    pub fn new(isa: Isa, query: &[f32], dim: usize) -> Self {
        assert!(dim > 0, "a dimension of zero");
        assert!(query.len().is_multiple_of(dim), "{} values are not rows of dimension {dim}", query.len());
        let num_tokens = query.len() / dim;
        let num_values: usize = groups(isa, num_tokens).map(|group| group.lanes * dim).sum();
        let mut values = vec![Line([0.0; 16]); num_values.div_ceil(16)];
        for group in groups(isa, num_tokens) {
            for token in 0..group.num_tokens {
                let row = &query[(group.start + token) * dim..][..dim];
                for (k, &value) in row.iter().enumerate() {
                    let at = group.start * dim
                        + if isa == Isa::Reference { token * dim + k } else { k * group.lanes + token };
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
        assert_eq!(out.len(), self.num_tokens, "one maximum per query token");
        self.scan(document, false, |group, best| {
            out[group.start..][..group.num_tokens].copy_from_slice(&best.values[..group.num_tokens]);
        });
    }

    /// The sum of the maxima, in the order of the query tokens; zero for a query without tokens.
    ///
    /// # Panics
    /// When `document` is empty or does not hold whole rows.
    pub fn maxsim(&self, document: &[f32]) -> f32 {
        let mut sum = 0.0;
        self.scan(document, false, |group, best| {
            best.values[..group.num_tokens].iter().for_each(|maximum| sum += maximum);
        });
        sum
    }

    /// Per query token, the first document token that reaches the maximum, and the maximum, to the bit as
    /// [`QueryPanel::maxima`] gives it. Cost: a few per cent more.
    ///
    /// # Panics
    /// As [`QueryPanel::maxima`].
    pub fn matches(&self, document: &[f32], out: &mut [(u32, f32)]) {
        assert_eq!(out.len(), self.num_tokens, "one match per query token");
        self.scan(document, true, |group, best| {
            for (lane, out) in out[group.start..][..group.num_tokens].iter_mut().enumerate() {
                *out = (best.rows[lane], best.values[lane]);
            }
        });
    }

    /// Hands out what each group of query tokens finds in the document.
    fn scan(&self, document: &[f32], matches: bool, mut take: impl FnMut(Group, &Best)) {
        let num_rows = num_rows(document.len(), self.dim);
        let mut best = Best::new();
        for group in groups(self.isa, self.num_tokens) {
            self.pass(group, document, num_rows, matches, &mut best);
            take(group, &best);
        }
    }

    fn pass(&self, group: Group, document: &[f32], num_rows: usize, matches: bool, best: &mut Best) {
        // SAFETY (of the kernels below): `document` holds `num_rows` rows of `dim` values, the panel
        // `dim * group.lanes` from here, and the token in `isa` proves the set.
        match self.isa {
            Isa::Reference => self.reference_pass(group, document, best),
            // SAFETY: as above.
            Isa::Portable => unsafe {
                arch::portable::scan_f32(self.tile(group, document), num_rows, group.lanes, matches, best);
            },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Isa::Avx2(_) => unsafe {
                arch::avx2::scan_f32(self.tile(group, document), num_rows, group.lanes, matches, best);
            },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Isa::Avx512(_) => unsafe {
                arch::avx512::scan_f32(self.tile(group, document), num_rows, group.lanes, matches, best);
            },
        }
    }

    fn tile<L>(&self, group: Group, document: &[f32]) -> F32Tile<L> {
        // Groups before this one are full: they take `dim` values per token.
        let values = &self.values[group.start * self.dim / 16..];
        F32Tile {
            query: values.as_ptr().cast(),
            document: document.as_ptr(),
            dim: self.dim,
            lanes: PhantomData,
        }
    }

    fn reference_pass(&self, group: Group, document: &[f32], best: &mut Best) {
        *best = Best::new();
        for lane in 0..group.num_tokens {
            let row = (group.start + lane) * self.dim;
            let query: Vec<f32> = (row..row + self.dim).map(|at| self.values[at / 16].0[at % 16]).collect();
            let rows = document.chunks_exact(self.dim);
            reference::best(lane, best, rows.map(|row| reference::dot(&query, row)));
        }
    }
}
