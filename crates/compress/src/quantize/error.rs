use super::{MAX_CODED_VALUE, TokenCode};
use crate::kmeans::KMeansError;

/// Why values cannot become codes, or codes values.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CodecError {
    /// A dimension is zero or too large.
    #[error("dimension {dim} is outside 1..={max}")]
    Dimension {
        /// The dimension that was asked for.
        dim: usize,
        /// The largest allowed.
        max: usize,
    },
    /// Vectors of another dimension than the codec's.
    #[error("vectors of dimension {found} cannot meet codes of dimension {expected}")]
    WrongDimension {
        /// The codec's dimension.
        expected: usize,
        /// The vectors'.
        found: usize,
    },
    /// A value is beyond what the code can hold.
    #[error("row {row}, dimension {column} is {value}, beyond ±{limit}: scale the vectors down")]
    TooLarge {
        /// Row of the first such value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value itself.
        value: f32,
        /// The largest magnitude that the code holds.
        limit: f32,
    },
    /// The mean length of a document's tokens cannot be one.
    #[error("a mean token length of {value}: it must be in 0..={MAX_CODED_VALUE:e}")]
    TokenLength {
        /// The length given.
        value: f32,
    },
    /// A value is NaN or infinite.
    #[error("value {position} is {value}: every value must be finite and within ±{MAX_CODED_VALUE:e}")]
    NotFinite {
        /// Position of the first such value.
        position: usize,
        /// The value itself.
        value: f32,
    },
    /// Codes of eight or sixteen bits lose too little for centroids to gain anything.
    #[error("{code:?} codes take no centroids: keep tokens in 4, 2 or 1 bits, or leave the centroids out")]
    Centroids {
        /// The code asked for.
        code: TokenCode,
    },
    /// A token's centroid is not there.
    #[error("the codes of token {token} are damaged: they name centroid {number} of {num_centroids}")]
    NoSuchCentroid {
        /// Index of the token.
        token: usize,
        /// The number that it has.
        number: u32,
        /// Number of centroids.
        num_centroids: usize,
    },
    /// The bytes are no whole number of tokens and their mean.
    #[error(
        "{num_bytes} bytes, {mean_bytes} of them a mean, do not divide into tokens of {bytes_per_token} bytes and \
         {number_bits} bits"
    )]
    Length {
        /// Bytes given.
        num_bytes: usize,
        /// Bytes of one token.
        bytes_per_token: usize,
        /// Bits of its centroid's number.
        number_bits: usize,
        /// Bytes of the mean behind the tokens.
        mean_bytes: usize,
    },
    /// A document without tokens has no MaxSim.
    #[error("a document without tokens has no score")]
    EmptyDocument,
    /// The codes of a token stand for no finite value.
    #[error("the codes of token {token} are damaged: they stand for no finite value")]
    Damaged {
        /// Index of the token.
        token: usize,
    },
    /// The codes of the tokens' mean stand for no finite value.
    #[error("the codes of the tokens' mean are damaged: they stand for no finite value")]
    DamagedMean,
    /// The nearest centroids of tokens cannot be found.
    #[error("tokens have no nearest centroids: {0}")]
    Nearest(#[from] KMeansError),
}
