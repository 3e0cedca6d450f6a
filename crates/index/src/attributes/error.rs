/// Why attributes could not be built or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributesError {
    /// The bytes are not what a builder wrote.
    Stored {
        /// The fault.
        reason: &'static str,
    },
    /// More than can be counted.
    TooMany {
        /// The things counted.
        what: &'static str,
    },
}

impl std::fmt::Display for AttributesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stored { reason } => write!(f, "these are no attributes: {reason}"),
            Self::TooMany { what } => write!(f, "too many {what} for an index of attributes"),
        }
    }
}

impl std::error::Error for AttributesError {}
