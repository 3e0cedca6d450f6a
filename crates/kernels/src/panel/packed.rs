//! A query of `i8` for documents of codes of four, two or one bit.

use super::num_rows;
use super::quantized::QueryCodes;
use crate::scan::{Best, Group, Pass};
use crate::tile::PackedTile;
use crate::{Isa, Levels, arch, reference};

/// A query in whole steps of its own against documents of packed codes.
///
/// A document token is `scale · level`, with one scale per token and the [`Levels`] that all documents share.
/// Sums are exact, every instruction set gives the same bits, and the error that the query's steps add is that
/// of [`QuantizedPanel`](crate::QuantizedPanel).
///
/// # Examples
/// ```
/// use pleiad_kernels::{Isa, Levels, PackedPanel};
///
/// let query = [1.0, 0.5, -1.0];
/// let panel = PackedPanel::new(Isa::best(), &query, 3, Levels::from([-1, 1]));
/// // Two tokens of one byte each: signs + + - and - - +, and a scale of 2 and 1.
/// let score = panel.maxsim(&[0b011, 0b100], &[2.0, 1.0]);
/// assert!((score - 5.0).abs() < 0.02);
/// ```
#[derive(Debug, Clone)]
pub struct PackedPanel {
    pub(super) query: QueryCodes,
    levels: Levels,
}

impl PackedPanel {
    /// Quantizes and packs row-major query tokens `[num_tokens, dim]`. Cost: two passes.
    ///
    /// # Panics
    /// When `dim` is zero or above 32,768, or `query` does not hold whole rows.
    pub fn new(isa: Isa, query: &[f32], dim: usize, levels: Levels) -> Self {
        let num_slots = levels.num_slots(dim).next_multiple_of(arch::block_bytes(isa));
        let in_tiles = arch::block_bytes(isa) > 4;
        let slot = |k| if in_tiles { levels.tile_slot(k) } else { levels.slot(dim, k) };
        Self { query: QueryCodes::new(isa, query, dim, num_slots, slot), levels }
    }

    /// Number of query tokens.
    pub fn num_tokens(&self) -> usize {
        self.query.num_tokens()
    }

    /// Values per token.
    pub fn dim(&self) -> usize {
        self.query.dim
    }

    /// The instruction set it is packed for.
    pub fn isa(&self) -> Isa {
        self.query.isa
    }

    /// Returns the values of the documents' codes.
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    /// Per query token, the largest inner product with a document token `scale · level`.
    ///
    /// `codes` is row-major, [`Levels::row_bytes`] bytes per row, at least one row; `scales` has one value per
    /// row.
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
    /// As [`PackedPanel::maxima`].
    pub fn maxsim(&self, codes: &[u8], scales: &[f32]) -> f32 {
        let mut sum = 0.0;
        self.scan(codes, scales, false, |_, _, maximum| sum += maximum);
        sum
    }

    /// Per query token, the first document token that reaches the maximum, and the maximum, to the bit as
    /// [`PackedPanel::maxima`] gives it.
    ///
    /// # Panics
    /// As [`PackedPanel::maxima`].
    pub fn matches(&self, codes: &[u8], scales: &[f32], out: &mut [(u32, f32)]) {
        assert_eq!(out.len(), self.num_tokens(), "one match per query token");
        self.scan(codes, scales, true, |token, row, maximum| out[token] = (row, maximum));
    }

    fn scan(&self, codes: &[u8], scales: &[f32], matches: bool, take: impl FnMut(usize, u32, f32)) {
        let num_rows = num_rows(codes.len(), self.levels.row_bytes(self.dim()));
        assert_eq!(scales.len(), num_rows, "one scale per document token");
        self.query.scan(|group, best| self.pass(group, codes, scales, matches, best), take);
    }

    fn pass(&self, group: Group, codes: &[u8], scales: &[f32], matches: bool, best: &mut Best) {
        if self.isa() == Isa::Reference {
            return self.reference_pass(group, codes, scales, best);
        }
        let tile = self.tile(group, codes, scales);
        let pass = Pass { num_rows: scales.len(), lanes: group.lanes, matches };
        // SAFETY: `codes` holds a row of `row_bytes` for each scale, the panel all slots and an offset for
        // `group.lanes` query tokens, and `groups` made the group for this set.
        unsafe { arch::run_codes(self.isa(), tile, pass, best) }
    }

    /// A group of the query against rows, of which there must be as many as scales.
    pub(super) fn tile(&self, group: Group, codes: &[u8], scales: &[f32]) -> PackedTile<'_> {
        PackedTile {
            query: self.query.codes(group),
            offsets: self.query.offsets(group),
            codes: codes.as_ptr(),
            scales: scales.as_ptr(),
            row_bytes: self.levels.row_bytes(self.dim()),
            levels: &self.levels,
        }
    }

    fn reference_pass(&self, group: Group, codes: &[u8], scales: &[f32], best: &mut Best) {
        *best = Best::new();
        for lane in 0..group.num_tokens {
            reference::best(lane, best, self.reference_row(group, lane, codes, scales).into_iter());
        }
    }

    /// The similarity of every document token, in steps of the query token.
    pub(super) fn reference_row(&self, group: Group, lane: usize, codes: &[u8], scales: &[f32]) -> Vec<f32> {
        let query = self.query.row(group, lane);
        let dot = |row: &[u8]| -> i32 {
            let values = query.iter().enumerate();
            values.map(|(k, &q)| i32::from(self.levels.level(row, k)) * i32::from(q)).sum()
        };
        let rows = codes.chunks_exact(self.levels.row_bytes(self.dim()));
        rows.zip(scales).map(|(row, scale)| dot(row) as f32 * scale).collect()
    }
}
