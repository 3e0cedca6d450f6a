use crate::{MAX_DIM, MAX_KEY_BYTES, MAX_TOKENS};

/// Why a value from outside cannot become one of ours.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum VectorError {
    /// The dimension is zero or above [`MAX_DIM`].
    #[error("dimension {dim} is outside 1..={MAX_DIM}")]
    Dimension {
        /// The dimension that was asked for.
        dim: usize,
    },
    /// The number of values is not a multiple of the dimension.
    #[error("{num_values} values do not divide into rows of dimension {dim}")]
    Ragged {
        /// Values given.
        num_values: usize,
        /// Values per row.
        dim: usize,
    },
    /// More rows than a set may have.
    #[error(
        "{num_tokens} token vectors, more than the {MAX_TOKENS} that one set may have: split the document"
    )]
    TooManyTokens {
        /// Rows given.
        num_tokens: usize,
    },
    /// A value is NaN or infinite.
    #[error("row {row}, dimension {column} is {value}: every value must be finite")]
    NotFinite {
        /// Row of the first such value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value itself.
        value: f32,
    },
    /// A score is NaN or infinite.
    #[error("a score of {value} cannot be ranked: it must be finite")]
    ScoreNotFinite {
        /// The value itself.
        value: f32,
    },
    /// A key is empty, too long or holds a control character.
    #[error(
        "key {key:?} is not usable: {reason} (1 to {MAX_KEY_BYTES} bytes of UTF-8 without control characters)"
    )]
    Key {
        /// The key, cut to its first characters.
        key: String,
        /// The fault.
        reason: &'static str,
    },
}
