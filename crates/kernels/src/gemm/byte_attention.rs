use super::attention::{AttentionRule, HeadAttention, MAX_ROWS, largest};
use super::byte::ByteProduct;
use super::byte_rows::STEP;
use super::panel::{Product, Tiles, in_tiles, on};
use super::{BytePanels, ByteRows, Matrix, MatrixMut};
use crate::Isa;
use crate::rows::softmax_codes;
use crate::scan::{Lanes, Work};

/// Attention of one head in products of bytes: as [`HeadAttention`], with queries and keys in 127 steps of their own either
/// way, weights in steps of 1/255 of the largest, and each column of values in steps of its own.
///
/// A query gives the same bits whatever stands beside it.
#[derive(Debug, Clone)]
pub struct ByteHeadAttention {
    isa: Isa,
    queries: ByteRows,
    keys: BytePanels,
    values: BytePanels,
    scores: Vec<f32>,
    codes: Vec<u8>,
    /// Outputs of the values for codes that are all zero: a product takes a code for 128 less than it is.
    zeros: Vec<f32>,
    /// Head that the reference calculates with.
    exact: HeadAttention,
}

impl ByteHeadAttention {
    /// Without keys yet.
    pub fn new(isa: Isa) -> Self {
        Self {
            isa,
            queries: ByteRows::default(),
            keys: BytePanels::empty(isa),
            values: BytePanels::empty(isa),
            scores: Vec::new(),
            codes: Vec::new(),
            zeros: Vec::new(),
            exact: HeadAttention::new(isa),
        }
    }

    /// Takes the keys and values of a sequence, one of each per row. Cost: they are quantized and packed; memory is used
    /// again.
    ///
    /// # Panics
    /// When there are not as many of both, or more than [`MAX_PRODUCT_INPUTS`](crate::MAX_PRODUCT_INPUTS).
    pub fn set(&mut self, keys: Matrix<'_>, values: Matrix<'_>) {
        assert_eq!(keys.num_rows(), values.num_rows(), "a value per key");
        if self.isa == Isa::Reference {
            return self.exact.set(keys, values);
        }
        self.keys.pack_rows(keys);
        self.values.pack_columns(values);
        self.values.zero_outputs(&mut self.zeros);
    }

    /// Writes what each query attends to. Cost: as [`HeadAttention::attend`], with multiply-adds of bytes.
    ///
    /// # Panics
    /// As there.
    pub fn attend(&mut self, queries: Matrix<'_>, rule: AttentionRule, out: &mut MatrixMut<'_>) {
        if self.isa == Isa::Reference {
            return self.exact.attend(queries, rule, out);
        }
        assert!(self.keys.num_outputs() > 0, "no keys");
        assert_eq!(queries.num_columns(), self.keys.num_inputs(), "values per query");
        assert_eq!(out.num_columns(), self.values.num_outputs(), "values out");
        assert_eq!(queries.num_rows(), out.num_rows(), "as many rows out as in");
        self.queries.quantize(self.isa, queries);
        let (num_lanes, num_keys) = (self.keys.num_lanes(), self.keys.num_outputs());
        // What the values fill their inputs up to: at least whole panels of keys.
        let codes_stride = num_keys.next_multiple_of(STEP);
        self.scores.clear();
        self.scores.resize(MAX_ROWS * num_lanes, 0.0);
        self.codes.clear();
        self.codes.resize(MAX_ROWS * codes_stride, 0);
        let scores = self.scores.as_mut_ptr();
        let codes = self.codes.as_mut_ptr();
        let tiles = ByteTiles {
            queries: self.keys.part(
                num_lanes,
                (self.queries.as_ptr(), self.queries.stride(), self.queries.scales().as_ptr()),
                (scores, num_lanes),
            ),
            weights: self.values.part(
                self.values.num_outputs(),
                (codes.cast_const(), codes_stride, std::ptr::null()),
                (out.as_mut_ptr(), out.stride()),
            ),
            num_panels: [self.keys.num_panels(), self.values.num_panels()],
            num_keys,
            scores: (scores, num_lanes),
            codes: (codes, codes_stride),
            zeros: &self.zeros,
            out: (out.as_mut_ptr(), out.stride()),
            rule,
        };
        // SAFETY: queries and rows out are those of the matrices, as many of both; there is room for the scores and codes
        // of `MAX_ROWS` queries, each with as many as the panels of keys have lanes and the panels of values have inputs.
        unsafe { on(self.isa, ByteWork { tiles, num_rows: queries.num_rows() }) }
    }
}

/// Queries of one sequence, a tile at a time.
struct ByteTiles<'a> {
    /// Scores of a tile, from its queries and the keys.
    queries: ByteProduct,
    /// Context of a tile, from its codes and the values.
    weights: ByteProduct,
    /// Panels of keys and of values.
    num_panels: [usize; 2],
    num_keys: usize,
    /// Room for the scores of a tile, and how many there are for a query.
    scores: (*mut f32, usize),
    /// The same for codes of weights.
    codes: (*mut u8, usize),
    /// See [`ByteHeadAttention`].
    zeros: &'a [f32],
    /// Rows out, and how far they are apart.
    out: (*mut f32, usize),
    rule: AttentionRule,
}

struct ByteWork<'a> {
    tiles: ByteTiles<'a>,
    num_rows: usize,
}

impl Work for ByteWork<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes, const ROWS: usize>(mut self) {
        const { assert!(ROWS <= MAX_ROWS) };
        // SAFETY: the caller's.
        unsafe { in_tiles::<L, ROWS>(&mut self.tiles, 0, self.num_rows) }
    }
}

impl Tiles for ByteTiles<'_> {
    #[inline(always)]
    unsafe fn tile<L: Lanes, const ROWS: usize>(&mut self, row: usize) {
        let ((scores, num_lanes), (codes, codes_stride)) = (self.scores, self.codes);
        // SAFETY: the caller vouches for the rows, `attend` for what the products point to.
        unsafe {
            let queries = self.queries.at_input(row);
            for panel in 0..self.num_panels[0] {
                queries.tile::<L, ROWS>(0, panel);
            }
            let mut inverses = [0.0; ROWS];
            for (r, inverse) in inverses.iter_mut().enumerate() {
                let scores = std::slice::from_raw_parts_mut(scores.add(r * num_lanes), num_lanes);
                let codes = std::slice::from_raw_parts_mut(codes.add(r * codes_stride), num_lanes);
                scores[self.num_keys..].fill(f32::NEG_INFINITY);
                self.rule.hide_far(row + r, &mut scores[..self.num_keys]);
                let largest = largest::<L>(scores);
                let sum = if L::FUSES {
                    softmax_codes::<true>(scores, largest, self.rule.scale, codes)
                } else {
                    softmax_codes::<false>(scores, largest, self.rule.scale, codes)
                };
                *inverse = 1.0 / sum;
            }
            let weights = self.weights.at_output(row, inverses.as_ptr());
            for panel in 0..self.num_panels[1] {
                weights.tile::<L, ROWS>(0, panel);
            }
            for (r, inverse) in inverses.into_iter().enumerate() {
                let out = self.out.0.add((row + r) * self.out.1);
                let out = std::slice::from_raw_parts_mut(out, self.zeros.len());
                out.iter_mut().zip(self.zeros).for_each(|(value, zero)| *value -= zero * inverse);
            }
        }
    }
}
