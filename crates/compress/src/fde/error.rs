/// Why a set of vectors cannot become an encoding.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FdeError {
    /// A parameter is outside its range.
    #[error("{parameter} is {value}, outside {min}..={max}")]
    Parameter {
        /// Name of the field of `FdeParams`, or `dim`.
        parameter: &'static str,
        /// The value given.
        value: u64,
        /// Smallest value allowed.
        min: u64,
        /// Largest value allowed.
        max: u64,
    },
    /// The parameters multiply to too long a vector.
    #[error(
        "repetitions x 2^simhash_projections x projection_dim = {dim} values, more than {max}: lower one of them"
    )]
    TooLong {
        /// The product, before any final projection.
        dim: u64,
        /// The largest that is allowed.
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
    /// A document without tokens has no mean and no nearest token.
    #[error("a document without tokens cannot be encoded: give it at least one token vector")]
    EmptyDocument,
    /// The place for the result has the wrong length.
    #[error("the output holds {found} values, the encoding has {expected}")]
    OutputLength {
        /// The encoder's `fde_dim`.
        expected: usize,
        /// Value that was given.
        found: usize,
    },
    /// Finite tokens summed to more than an `f32` can hold.
    #[error("value {position} of the encoding overflows: scale the token vectors down")]
    Overflow {
        /// Position in the encoding.
        position: usize,
    },
    /// An injected matrix does not have the shape that the parameters ask for.
    #[error("the {matrix} matrices hold {found} {what}, the parameters ask for {expected}")]
    Shape {
        /// Kind of the matrices: `hyperplane`, `inner` or `final`.
        matrix: &'static str,
        /// Counted quantity.
        what: &'static str,
        /// Value required by the parameters.
        expected: usize,
        /// Value that was given.
        found: usize,
    },
    /// An injected matrix holds a value that it must not.
    #[error("value {position} of the {matrix} matrices is {value}, which is not allowed there")]
    Value {
        /// Kind of the matrices: `hyperplane` or `count sketch`.
        matrix: &'static str,
        /// Position of the value.
        position: usize,
        /// Value that was found.
        value: f64,
    },
}
