use std::fmt;

/// Why postings could not be built, read or searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostingsError {
    /// The bytes are not what a builder wrote.
    Stored {
        /// The fault.
        reason: &'static str,
    },
    /// The list of a centroid names places or rows that are not there.
    List {
        /// The window of rows.
        window: u32,
        /// The centroid.
        centroid: u32,
    },
    /// A centroid that there is none of.
    Centroid {
        /// Its number.
        found: u32,
        /// The number found.
        num_centroids: u32,
    },
    /// A score of a query token is NaN or infinite.
    Score {
        /// The query token.
        token: usize,
    },
    /// More rows or centroids than can be named.
    TooMany {
        /// The things counted.
        what: &'static str,
    },
}

impl fmt::Display for PostingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored { reason } => write!(f, "these are no postings: {reason}"),
            Self::List { window, centroid } => {
                write!(f, "the list of centroid {centroid} in window {window} is damaged")
            }
            Self::Centroid { found, num_centroids } => {
                write!(f, "centroid {found} of {num_centroids}: there is none")
            }
            Self::Score { token } => write!(f, "query token {token} has a score that is not finite"),
            Self::TooMany { what } => write!(f, "too many {what} for postings"),
        }
    }
}

impl std::error::Error for PostingsError {}
