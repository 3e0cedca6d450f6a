/// Why words could not be built, read or searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordsError {
    /// The bytes are not what a builder wrote.
    Stored {
        /// The fault.
        reason: &'static str,
    },
    /// The list of a term names places or rows that are not there.
    List {
        /// The term.
        term: String,
    },
    /// The stored terms of a row are not what was written.
    Terms {
        /// The fault.
        reason: &'static str,
    },
    /// More than can be counted.
    TooMany {
        /// The things counted.
        what: &'static str,
    },
    /// A weight of a field that is no positive number, or no field at all.
    Fields {
        /// The fault.
        reason: &'static str,
    },
}

impl std::fmt::Display for WordsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stored { reason } => write!(f, "these are no word postings: {reason}"),
            Self::List { term } => write!(f, "the list of term {term:?} is damaged"),
            Self::Terms { reason } => write!(f, "the stored terms are damaged: {reason}"),
            Self::TooMany { what } => write!(f, "too many {what} for word postings"),
            Self::Fields { reason } => write!(f, "text fields: {reason}"),
        }
    }
}

impl std::error::Error for WordsError {}
