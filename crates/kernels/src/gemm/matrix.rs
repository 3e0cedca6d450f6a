//! Rows of values, maybe a part of wider ones.

use std::ops::Range;

/// Row-major values `[num_rows, num_columns]` whose rows begin `stride` values apart.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    values: &'a [f32],
    shape: Shape,
}

/// As [`Matrix`], to be written.
#[derive(Debug)]
pub struct MatrixMut<'a> {
    values: &'a mut [f32],
    shape: Shape,
}

#[derive(Debug, Clone, Copy)]
struct Shape {
    num_rows: usize,
    num_columns: usize,
    stride: usize,
}

impl Shape {
    /// Whole rows of `row_len` values, of which `columns` are meant.
    fn new(len: usize, row_len: usize, columns: &Range<usize>) -> Self {
        assert!(row_len > 0 && len.is_multiple_of(row_len), "{len} values are not rows of {row_len}");
        assert!(columns.start <= columns.end && columns.end <= row_len, "{columns:?} of {row_len} columns");
        Self { num_rows: len / row_len, num_columns: columns.len(), stride: row_len }
    }
}

impl<'a> Matrix<'a> {
    /// Whole rows of `row_len` values.
    ///
    /// # Panics
    /// When `row_len` is zero or does not divide the values.
    pub fn new(values: &'a [f32], row_len: usize) -> Self {
        Self::columns(values, row_len, 0..row_len)
    }

    /// Some columns of rows of `row_len` values.
    ///
    /// # Panics
    /// As [`Matrix::new`], and when the columns do not lie within a row.
    pub fn columns(values: &'a [f32], row_len: usize, columns: Range<usize>) -> Self {
        let shape = Shape::new(values.len(), row_len, &columns);
        Self { values: values.get(columns.start..).unwrap_or_default(), shape }
    }

    /// Number of rows.
    pub fn num_rows(&self) -> usize {
        self.shape.num_rows
    }

    /// Values per row.
    pub fn num_columns(&self) -> usize {
        self.shape.num_columns
    }

    /// One row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.shape.stride..][..self.shape.num_columns]
    }

    pub(super) fn stride(&self) -> usize {
        self.shape.stride
    }

    pub(super) fn as_ptr(&self) -> *const f32 {
        self.values.as_ptr()
    }
}

impl<'a> MatrixMut<'a> {
    /// Whole rows of `row_len` values.
    ///
    /// # Panics
    /// As [`Matrix::new`].
    pub fn new(values: &'a mut [f32], row_len: usize) -> Self {
        Self::columns(values, row_len, 0..row_len)
    }

    /// Some columns of rows of `row_len` values.
    ///
    /// # Panics
    /// As [`Matrix::columns`].
    pub fn columns(values: &'a mut [f32], row_len: usize, columns: Range<usize>) -> Self {
        let shape = Shape::new(values.len(), row_len, &columns);
        Self { values: values.get_mut(columns.start..).unwrap_or_default(), shape }
    }

    /// Number of rows.
    pub fn num_rows(&self) -> usize {
        self.shape.num_rows
    }

    /// Values per row.
    pub fn num_columns(&self) -> usize {
        self.shape.num_columns
    }

    /// One row.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.shape.stride..][..self.shape.num_columns]
    }

    pub(super) fn stride(&self) -> usize {
        self.shape.stride
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut f32 {
        self.values.as_mut_ptr()
    }
}
