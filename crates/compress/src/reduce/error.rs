use pleiad_vectors::VectorError;

/// Why a set of vectors cannot be made smaller.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReduceError {
    /// A parameter is outside its range.
    #[error("{parameter} is {value}, outside {min}..={max}")]
    Parameter {
        /// Name of the parameter: `factor`, `percent` or `fixed`.
        parameter: &'static str,
        /// The value given.
        value: f64,
        /// Smallest value allowed.
        min: f64,
        /// Largest value allowed.
        max: f64,
    },
    /// Finite tokens gave a row that an `f32` cannot hold.
    #[error("a kept row overflows ({0}): scale the token vectors down")]
    Overflow(#[from] VectorError),
    /// Labels that are not numbered in the order of first tokens, or bytes that stand for none.
    #[error("the rows of a document's tokens are not numbered as tokens first meet them")]
    Labels,
}
