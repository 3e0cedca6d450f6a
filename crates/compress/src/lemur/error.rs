/// Why a set of vectors cannot become an encoding, or nothing can be learned from a sample.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LemurError {
    /// A parameter is outside its range.
    #[error("{parameter} is {value}, outside 1..={max}")]
    Parameter {
        /// Field of `LemurParams`, or `dim`.
        parameter: &'static str,
        /// The value given.
        value: u64,
        /// Largest value allowed.
        max: u64,
    },
    /// The set's vectors have another dimension than the encoder.
    #[error("the tokens have dimension {found}, the encoder was made for {expected}")]
    Dimension {
        /// The encoder's dimension.
        expected: usize,
        /// The set's.
        found: usize,
    },
    /// A document without tokens answers nothing.
    #[error("a document without tokens cannot be encoded: give it at least one token vector")]
    EmptyDocument,
    /// The place for the result has the wrong length.
    #[error("the output holds {found} values, the encodings have {expected}")]
    OutputLength {
        /// Values of all encodings.
        expected: usize,
        /// Value that was given.
        found: usize,
    },
    /// Finite tokens gave more than an encoding, or were more than a sample, can hold.
    #[error("value {position} of the result overflows: scale the token vectors down")]
    Overflow {
        /// Position in the vector.
        position: usize,
    },
    /// No token was given to learn from.
    #[error("there is no token to sample: give at least one document with tokens")]
    NoTokens,
    /// The sampled tokens say nothing about the features, as when all of them are zero.
    #[error(
        "the sampled tokens do not tell the features apart (pivot {pivot} is {value}): sample other documents"
    )]
    Degenerate {
        /// Index of the feature.
        pivot: usize,
        /// Value of the pivot.
        value: f32,
    },
    /// Stored bytes are not a sample.
    #[error("not a stored sample: {reason}")]
    Stored {
        /// The fault.
        reason: &'static str,
    },
}
