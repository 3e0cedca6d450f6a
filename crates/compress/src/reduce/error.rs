use pleiad_vectors::VectorError;

/// Why a set of vectors cannot be made smaller.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReduceError {
    /// A parameter is outside its range.
    #[error("{parameter} is {value}, outside {min}..={max}")]
    Parameter {
        /// Name of the parameter: `factor`, `percent`, `fixed` or `min_cosine`.
        parameter: &'static str,
        /// The value given.
        value: f64,
        /// Smallest value allowed.
        min: f64,
        /// Largest value allowed.
        max: f64,
    },
    /// Not one word for each token.
    #[error("{found} words are named for {expected} tokens: name one for each")]
    Words {
        /// Tokens of the set.
        expected: usize,
        /// Words given.
        found: usize,
    },
    /// A token to be dropped is not there.
    #[error("token {token} is to be dropped from a set of {num_tokens}: rows are counted from 0")]
    NoSuchToken {
        /// The token named.
        token: u32,
        /// Tokens of the set.
        num_tokens: usize,
    },
    /// Finite tokens gave a row that an `f32` cannot hold.
    #[error("a kept row overflows ({0}): scale the token vectors down")]
    Overflow(#[from] VectorError),
}
