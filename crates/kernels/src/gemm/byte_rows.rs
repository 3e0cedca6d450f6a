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
        let num_columns = source.num_columns();
        assert!(num_columns <= MAX_PRODUCT_INPUTS, "{num_columns} inputs: more than a 32-bit sum holds");
        (self.num_columns, self.stride) = (num_columns, num_columns.next_multiple_of(STEP));
        self.scales.resize(source.num_rows(), 0.0);
        self.codes.clear();
        self.codes.resize(source.num_rows() * self.stride, 128);
        let rows = self.codes.chunks_exact_mut(self.stride.max(1)).zip(&mut self.scales);
        for (row, (codes, scale)) in rows.enumerate() {
            *scale = rows::quantize(isa, source.row(row), &mut codes[..num_columns]);
        }
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
