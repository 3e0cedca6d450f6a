/// Why there are no centroids.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KMeansError {
    /// A parameter must be at least 1.
    #[error("{parameter} is 0: it must be at least 1")]
    Zero {
        /// Name of the parameter: a field of [`KMeansParams`](super::KMeansParams).
        parameter: &'static str,
    },
    /// A dimension is outside its range.
    #[error("a dimension of {dim} is outside 1..={max}")]
    Dimension {
        /// The dimension.
        dim: usize,
        /// The largest allowed.
        max: usize,
    },
    /// No whole number of rows, or none.
    #[error("{num_values} values are not one or more rows of dimension {dim}")]
    Rows {
        /// Values given.
        num_values: usize,
        /// Values of a row.
        dim: usize,
    },
    /// Squares of such a value may not be finite.
    #[error(
        "value {value} of row {row}, column {column}, is not within ±{limit:e}: scale the rows, or drop this one"
    )]
    Value {
        /// Row of the first such value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value, perhaps NaN.
        value: f32,
        /// Largest magnitude allowed.
        limit: f32,
    },
    /// A number of centroids is outside its range.
    #[error("{value} centroids: a collection has 1 to {max}")]
    Parameter {
        /// The number given.
        value: u32,
        /// The largest allowed.
        max: u32,
    },
    /// Stored bytes are not centroids.
    #[error("not stored centroids: {reason}")]
    Stored {
        /// The fault.
        reason: &'static str,
    },
}
