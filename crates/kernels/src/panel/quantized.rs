//! A query of `i8` for documents of byte codes.

use super::codes::QueryCodes;
use super::groups::{Group, num_rows};
use crate::scan::{Best, Pass};
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
