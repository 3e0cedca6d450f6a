use super::float::FloatProduct;
use super::panel::{MAX_PANEL, Product, Tiles, in_tiles, on};
use super::{FloatPanels, Matrix, MatrixMut};
use crate::Isa;
use crate::rows::softmax_unscaled;
use crate::scan::{Lanes, Work};

/// Attention of one head: `softmax(scale · Q · Kᵀ) · V` (Vaswani et al., arXiv 1706.03762, §3.2.1).
///
/// Scores exist for a few queries at a time, in the nearest cache, as in FlashAttention (Dao et al., arXiv 2205.14135),
/// but for whole rows of them: what is attended to here is short. A query gives the same bits whatever stands beside it.
#[derive(Debug, Clone)]
pub struct HeadAttention {
    isa: Isa,
    keys: FloatPanels,
    values: FloatPanels,
    scores: Vec<f32>,
}

/// Rule by which scores become weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AttentionRule {
    /// Factor of scores; positive.
    pub scale: f32,
    /// Rows to either side that a query looks at, counted from its own; nothing means all. One that would see no key sees the
    /// last one.
    pub reach: Option<usize>,
}

impl HeadAttention {
    /// Without keys yet.
    pub fn new(isa: Isa) -> Self {
        Self { isa, keys: FloatPanels::new(isa), values: FloatPanels::new(isa), scores: Vec::new() }
    }

    /// Takes the keys and values of a sequence, one of each per row. Cost: they are packed; memory is used again.
    ///
    /// # Panics
    /// When there are not as many of both.
    pub fn set(&mut self, keys: Matrix<'_>, values: Matrix<'_>) {
        assert_eq!(keys.num_rows(), values.num_rows(), "a value per key");
        self.keys.pack_rows(keys);
        self.values.pack_columns(values);
    }

    /// Writes what each query attends to. Cost: two multiply-adds per query, key and value of a row, and an exponential per
    /// query and key.
    ///
    /// # Panics
    /// When there are no keys, or rows have other lengths than theirs.
    pub fn attend(&mut self, queries: Matrix<'_>, rule: AttentionRule, out: &mut MatrixMut<'_>) {
        assert!(self.keys.num_outputs() > 0, "no keys");
        assert_eq!(queries.num_columns(), self.keys.num_inputs(), "values per query");
        assert_eq!(out.num_columns(), self.values.num_outputs(), "values out");
        assert_eq!(queries.num_rows(), out.num_rows(), "as many rows out as in");
        let num_rows = queries.num_rows();
        if self.isa == Isa::Reference {
            return self.reference(queries, rule, out);
        }
        let num_lanes = self.keys.num_lanes();
        self.scores.clear();
        self.scores.resize(MAX_ROWS * num_lanes, 0.0);
        let scores = self.scores.as_mut_ptr();
        let tiles = AttentionTiles {
            queries: self.keys.part(num_lanes, (queries.as_ptr(), queries.stride()), (scores, num_lanes)),
            weights: self.values.part(
                self.values.num_outputs(),
                (scores.cast_const(), num_lanes),
                (out.as_mut_ptr(), out.stride()),
            ),
            num_panels: [self.keys.num_panels(), self.values.num_panels()],
            num_keys: self.keys.num_outputs(),
            num_columns: self.values.num_outputs(),
            rule,
        };
        // SAFETY: queries and rows out are those of the matrices, as many of both; there is room for the scores of
        // `MAX_ROWS` queries, each with as many as the panels of keys have lanes.
        unsafe { on(self.isa, AttentionWork { tiles, num_rows }) }
    }

    /// The obvious loop.
    fn reference(&mut self, queries: Matrix<'_>, rule: AttentionRule, out: &mut MatrixMut<'_>) {
        let num_keys = self.keys.num_outputs();
        let mut scores = vec![0.0; num_keys];
        for row in 0..queries.num_rows() {
            let query = Matrix::new(queries.row(row), queries.num_columns());
            let mut scores_row = MatrixMut::new(&mut scores, num_keys);
            self.keys.product(query, super::Activation::Identity, &mut scores_row);
            rule.hide_far(row, &mut scores);
            let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            scores.iter_mut().for_each(|score| *score = (rule.scale * (*score - largest)).exp());
            let sum: f32 = scores.iter().sum();
            scores.iter_mut().for_each(|score| *score /= sum);
            let mut context = MatrixMut::new(out.row_mut(row), self.values.num_outputs());
            self.values.product(Matrix::new(&scores, num_keys), super::Activation::Identity, &mut context);
        }
    }
}

/// Most queries of a tile.
pub(super) const MAX_ROWS: usize = 12;

impl AttentionRule {
    /// Gives the keys out of a query's reach no weight.
    #[inline(always)]
    pub(super) fn hide_far(self, row: usize, scores: &mut [f32]) {
        let Some(reach) = self.reach else { return };
        let num_keys = scores.len();
        let near = row.saturating_sub(reach).min(num_keys)..(row + reach + 1).min(num_keys);
        // A query out of reach of every key keeps the last one, so that its weights have a sum.
        let near = if near.is_empty() { num_keys - 1..num_keys } else { near };
        scores[..near.start].fill(f32::NEG_INFINITY);
        scores[near.end..].fill(f32::NEG_INFINITY);
    }
}

/// Queries of one sequence, a tile at a time.
struct AttentionTiles {
    /// Scores of a tile, from its queries and the keys.
    queries: FloatProduct,
    /// Context of a tile, from its weights and the values.
    weights: FloatProduct,
    /// Panels of keys and of values.
    num_panels: [usize; 2],
    num_keys: usize,
    num_columns: usize,
    rule: AttentionRule,
}

struct AttentionWork {
    tiles: AttentionTiles,
    num_rows: usize,
}

impl Work for AttentionWork {
    #[inline(always)]
    unsafe fn run<L: Lanes, const ROWS: usize>(mut self) {
        const { assert!(ROWS <= MAX_ROWS) };
        // SAFETY: the caller's.
        unsafe { in_tiles::<L, ROWS>(&mut self.tiles, 0, self.num_rows) }
    }
}

impl Tiles for AttentionTiles {
    #[inline(always)]
    unsafe fn tile<L: Lanes, const ROWS: usize>(&mut self, row: usize) {
        let (num_keys, num_lanes) = (self.num_keys, self.queries.out_stride);
        // SAFETY: the caller vouches for the rows, `attend` for what the products point to.
        unsafe {
            let scores = self.queries.out;
            for panel in 0..self.num_panels[0] {
                self.queries.at_input(row).tile::<L, ROWS>(0, panel);
            }
            let mut inverses = [0.0; ROWS];
            for (r, inverse) in inverses.iter_mut().enumerate() {
                let scores = std::slice::from_raw_parts_mut(scores.add(r * num_lanes), num_lanes);
                scores[num_keys..].fill(f32::NEG_INFINITY);
                self.rule.hide_far(row + r, &mut scores[..num_keys]);
                let largest = largest::<L>(scores);
                let sum = if L::FUSES {
                    softmax_unscaled::<true>(scores, largest, self.rule.scale)
                } else {
                    softmax_unscaled::<false>(scores, largest, self.rule.scale)
                };
                *inverse = 1.0 / sum;
            }
            let weights = self.weights.at_output(row);
            for panel in 0..self.num_panels[1] {
                weights.tile::<L, ROWS>(0, panel);
            }
            for (r, inverse) in inverses.into_iter().enumerate() {
                let out = weights.out.add(r * weights.out_stride);
                let out = std::slice::from_raw_parts_mut(out, self.num_columns);
                out.iter_mut().for_each(|value| *value *= inverse);
            }
        }
    }
}

/// The largest score of a row of whole panels.
///
/// # Safety
/// As [`Lanes`]; the row must be panels of two vectors.
#[inline(always)]
pub(super) unsafe fn largest<L: Lanes>(scores: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; MAX_PANEL];
    // SAFETY: the caller's; `lanes` has room for two vectors.
    unsafe {
        let mut most = [L::splat(f32::NEG_INFINITY); 2];
        for panel in scores.chunks_exact(2 * L::NUM) {
            let panel = panel.as_ptr();
            most = [L::load(panel).max(most[0]), L::load(panel.add(L::NUM)).max(most[1])];
        }
        most[0].max(most[1]).store(lanes.as_mut_ptr());
    }
    let mut width = L::NUM / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = if lanes[lane] > lanes[lane + width] { lanes[lane] } else { lanes[lane + width] };
        }
        width /= 2;
    }
    lanes[0]
}
