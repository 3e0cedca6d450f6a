use super::Matrix;
use crate::Isa;
use crate::rows;

/// Most inputs of a product of bytes: beyond, the sum might not fit 32 bits.
pub const MAX_PRODUCT_INPUTS: usize = 1 << 16;

/// Codes of a row are filled up to a whole number of these.
pub(super) const STEP: usize = 64;

/// Rows in whole steps of their own: a value is `scale · (code − 128)`, with one scale per row.
///
/// A row of zeros has the scale zero. Rounding loses at most half a step, `max|value| / 254`, per value.
#[derive(Debug, Clone, Default)]
pub struct ByteRows {
    num_columns: usize,
    stride: usize,
    codes: Vec<u8>,
    scales: Vec<f32>,
}

impl ByteRows {
    /// Replaces the rows. Cost: two passes; memory is used again.
    ///
    /// # Panics
    /// When a row has more than [`MAX_PRODUCT_INPUTS`] values.
    pub fn quantize(&mut self, isa: Isa, source: Matrix<'_>) {
        self.resize(source.num_rows(), source.num_columns());
        let (stride, num_columns) = (self.stride.max(1), self.num_columns);
        let rows = self.codes.chunks_exact_mut(stride).zip(&mut self.scales);
        for (row, (codes, scale)) in rows.enumerate() {
            *scale = rows::quantize(isa, source.row(row), &mut codes[..num_columns]);
        }
    }

    /// As [`ByteRows::quantize`] of `x·Φ(x)` ([`Activation::Gelu`](super::Activation::Gelu)) within 4e-5, which replaces
    /// the values. Cost: three passes over rows that stay in cache.
    ///
    /// # Panics
    /// As [`ByteRows::quantize`], and when `num_columns` is zero or does not divide the values.
    pub fn quantize_gelu(&mut self, isa: Isa, source: &mut [f32], num_columns: usize) {
        assert!(num_columns > 0 && source.len().is_multiple_of(num_columns), "rows of {num_columns} values");
        self.resize(source.len() / num_columns, num_columns);
        let rows = self.codes.chunks_exact_mut(self.stride).zip(&mut self.scales);
        for (row, (codes, scale)) in source.chunks_exact_mut(num_columns).zip(rows) {
            *scale = rows::quantize_gelu(isa, row, &mut codes[..num_columns]);
        }
    }

    /// Makes room; codes that belong to no row are 128, which stands for zero.
    fn resize(&mut self, num_rows: usize, num_columns: usize) {
        assert!(num_columns <= MAX_PRODUCT_INPUTS, "{num_columns} inputs: more than a 32-bit sum holds");
        let stride = num_columns.next_multiple_of(STEP);
        self.scales.resize(num_rows, 0.0);
        if stride != self.stride || num_columns != self.num_columns {
            self.codes.clear();
        }
        self.codes.resize(num_rows * stride, 128);
        (self.num_columns, self.stride) = (num_columns, stride);
    }

    /// Number of rows.
    pub fn num_rows(&self) -> usize {
        self.scales.len()
    }

    /// Values per row.
    pub fn num_columns(&self) -> usize {
        self.num_columns
    }

    /// The codes of one row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn codes(&self, row: usize) -> &[u8] {
        &self.codes[row * self.stride..][..self.num_columns]
    }

    /// The scales of all rows.
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    pub(super) fn stride(&self) -> usize {
        self.stride
    }

    pub(super) fn as_ptr(&self) -> *const u8 {
        self.codes.as_ptr()
    }
}
