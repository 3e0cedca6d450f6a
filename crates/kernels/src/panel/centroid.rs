//! A query of `i8` for documents of packed codes, each token of which starts from one of a few points.

use super::{Line, PackedPanel, num_rows};
use crate::scan::{Best, Group, Pass, groups};
use crate::tile::CentroidTile;
use crate::{Isa, Levels, arch, reference};
use std::sync::Arc;

/// As [`PackedPanel`], against documents that code what distinguishes a token from a centroid.
///
/// A document token is `centroid + scale · level`. What every centroid has with every query token is worked out once a
/// query, outside; a token's similarity starts from there. Every instruction set gives the same bits.
///
/// Cost: one load and one addition a token and vector of lanes more than [`PackedPanel`], from a table of four bytes
/// for each centroid and query token. Clones share the table.
///
/// # Examples
/// ```
/// use pleiad_kernels::{CentroidPanel, Isa, Levels};
///
/// // One query token; the first centroid has 10 with it, the second −10.
/// let panel = CentroidPanel::new(Isa::best(), &[1.0, 1.0], 2, Levels::from([-1, 1]), &[10.0, -10.0]);
/// // Signs + + from the second centroid, and − − from the first: −10 + 2 and 10 − 2.
/// let score = panel.maxsim(&[0b11, 0b00], &[1.0, 1.0], &[1, 0]);
/// assert!((score - 8.0).abs() < 0.02);
/// ```
#[derive(Debug, Clone)]
pub struct CentroidPanel {
    packed: PackedPanel,
    num_centroids: usize,
    /// In steps of the query token, `[groups][num_centroids][lanes]`.
    starts: Arc<[Line<[f32; 16]>]>,
}

impl CentroidPanel {
    /// Quantizes and packs row-major query tokens `[num_tokens, dim]` and what centroids have with them,
    /// `[num_centroids, num_tokens]`. Cost: two passes over the tokens, one over the table.
    ///
    /// # Panics
    /// As [`PackedPanel::new`]; when `starts` does not hold whole rows, or more than 65,536 of them.
    pub fn new(isa: Isa, query: &[f32], dim: usize, levels: Levels, starts: &[f32]) -> Self {
        let packed = PackedPanel::new(isa, query, dim, levels);
        let num_tokens = packed.num_tokens();
        let num_centroids = if num_tokens == 0 { 0 } else { num_rows(starts.len(), num_tokens) };
        assert!(num_centroids <= 1 << 16, "{num_centroids} centroids: more than 16 bits name");
        let num_lanes: usize = groups(isa, num_tokens).map(|group| group.lanes).sum();
        let mut lines = vec![Line([0.0; 16]); (num_lanes * num_centroids).div_ceil(16)];
        for (centroid, row) in starts.chunks_exact(num_tokens.max(1)).enumerate() {
            for group in groups(isa, num_tokens) {
                for lane in 0..group.num_tokens {
                    let step = packed.query.step(group.start + lane);
                    let at = place(group, num_centroids, centroid, lane);
                    // Where the step is zero, so is every similarity.
                    lines[at / 16].0[at % 16] = if step > 0.0 { row[group.start + lane] / step } else { 0.0 };
                }
            }
        }
        Self { packed, num_centroids, starts: lines.into() }
    }

    /// Number of query tokens.
    pub fn num_tokens(&self) -> usize {
        self.packed.num_tokens()
    }

    /// Values per token.
    pub fn dim(&self) -> usize {
        self.packed.dim()
    }

    /// The instruction set it is packed for.
    pub fn isa(&self) -> Isa {
        self.packed.isa()
    }

    /// Per query token, the largest inner product with a document token `centroid + scale · level`.
    ///
    /// `codes` is row-major, [`Levels::row_bytes`] bytes per row, at least one row; `scales` and `centroids` have one
    /// value per row.
    ///
    /// # Panics
    /// When `codes` is empty or does not hold whole rows; when `scales`, `centroids` or `out` has another length; when
    /// there is no such centroid.
    pub fn maxima(&self, codes: &[u8], scales: &[f32], centroids: &[u16], out: &mut [f32]) {
        assert_eq!(out.len(), self.num_tokens(), "one maximum per query token");
        self.scan((codes, scales, centroids), false, |token, _, maximum| out[token] = maximum);
    }

    /// The sum of the maxima, in the order of the query tokens; zero for a query without tokens.
    ///
    /// # Panics
    /// As [`CentroidPanel::maxima`].
    pub fn maxsim(&self, codes: &[u8], scales: &[f32], centroids: &[u16]) -> f32 {
        let mut sum = 0.0;
        self.scan((codes, scales, centroids), false, |_, _, maximum| sum += maximum);
        sum
    }

    /// Per query token, the first document token that reaches the maximum, and the maximum, to the bit as
    /// [`CentroidPanel::maxima`] gives it.
    ///
    /// # Panics
    /// As [`CentroidPanel::maxima`].
    pub fn matches(&self, codes: &[u8], scales: &[f32], centroids: &[u16], out: &mut [(u32, f32)]) {
        assert_eq!(out.len(), self.num_tokens(), "one match per query token");
        self.scan((codes, scales, centroids), true, |token, row, maximum| out[token] = (row, maximum));
    }

    fn scan(&self, document: Document<'_>, matches: bool, take: impl FnMut(usize, u32, f32)) {
        let (codes, scales, centroids) = document;
        let num_rows = num_rows(codes.len(), self.packed.levels().row_bytes(self.dim()));
        assert_eq!(scales.len(), num_rows, "one scale per document token");
        assert_eq!(centroids.len(), num_rows, "one centroid per document token");
        // A plain `all` stops early and so cannot use vectors.
        let are_known =
            centroids.iter().fold(true, |all, &centroid| all & (usize::from(centroid) < self.num_centroids));
        assert!(are_known || self.num_tokens() == 0, "there are {} centroids", self.num_centroids);
        self.packed.query.scan(|group, best| self.pass(group, document, matches, best), take);
    }

    fn pass(&self, group: Group, document: Document<'_>, matches: bool, best: &mut Best) {
        let (codes, scales, centroids) = document;
        if self.isa() == Isa::Reference {
            return self.reference_pass(group, document, best);
        }
        let tile = CentroidTile {
            packed: self.packed.tile(group, codes, scales),
            starts: self.starts.as_ptr().cast::<f32>().wrapping_add(group.start * self.num_centroids),
            centroids: centroids.as_ptr(),
        };
        let pass = Pass { num_rows: scales.len(), lanes: group.lanes, matches };
        // SAFETY: `codes` holds a row of `row_bytes` for each scale and centroid, the panel all slots and an offset for
        // `group.lanes` query tokens, the table as many starts for every centroid that `scan` let pass, and `groups`
        // made the group for this set.
        unsafe { arch::run_codes(self.isa(), tile, pass, best) }
    }

    fn reference_pass(&self, group: Group, (codes, scales, centroids): Document<'_>, best: &mut Best) {
        *best = Best::new();
        for lane in 0..group.num_tokens {
            let similarities = self.packed.reference_row(group, lane, codes, scales);
            let started = similarities.iter().zip(centroids).map(|(similarity, &centroid)| {
                let at = place(group, self.num_centroids, usize::from(centroid), lane);
                similarity + self.starts[at / 16].0[at % 16]
            });
            reference::best(lane, best, started);
        }
    }
}

/// Codes, scales and centroids of a document.
type Document<'a> = (&'a [u8], &'a [f32], &'a [u16]);

/// Returns the position of an initial value. Groups before this one are full.
fn place(group: Group, num_centroids: usize, centroid: usize, lane: usize) -> usize {
    group.start * num_centroids + centroid * group.lanes + lane
}
