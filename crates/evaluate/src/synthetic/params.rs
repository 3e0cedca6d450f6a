use super::SyntheticError;
use pleiad_vectors::{MAX_DIM, MAX_TOKENS, Seed};

/// Most topics and most words: their vectors are kept in memory.
const MAX_DIRECTIONS: usize = 1 << 20;

/// Longest common or own part of a token, beside a word of length 1.
const MAX_PART: f32 = 100.0;

/// The shape of a synthetic collection.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntheticParams {
    /// Documents: numbers below it may be asked for. Costs nothing by itself.
    pub num_documents: u64,
    /// Token vectors of every document.
    pub num_tokens: usize,
    /// Values of a token vector.
    pub dim: usize,
    /// Kinds of documents.
    pub num_topics: usize,
    /// Directions that tokens gather around.
    pub num_words: usize,
    /// Length of what a token has of its document and of its own, beside a word of length 1; 0 makes equal tokens of
    /// equal words.
    pub spread: f32,
    /// Length of the direction that all tokens share, beside a word of length 1: the mean cosine of two tokens is
    /// about `common^2 / (1 + spread^2 + common^2)`.
    pub common: f32,
    /// Decides everything.
    pub seed: Seed,
}

impl SyntheticParams {
    /// A collection of short passages: 32 tokens of 96 dims, a topic for 200 documents or so, and no common direction.
    pub fn passages(num_documents: u64) -> Self {
        Self {
            num_documents,
            num_tokens: 32,
            dim: 96,
            num_topics: (num_documents / 200).clamp(8, 2048) as usize,
            num_words: 8192,
            spread: 0.8,
            common: 0.0,
            seed: Seed(1),
        }
    }

    pub(super) fn check(&self) -> Result<(), SyntheticError> {
        let count = |parameter, value: u64, max: usize| match value {
            1.. if value <= max as u64 => Ok(()),
            _ => Err(SyntheticError::Count { parameter, value, max: max as u64 }),
        };
        let length = |parameter, value: f32| match value {
            0.0..=MAX_PART => Ok(()),
            _ => Err(SyntheticError::Length { parameter, value, max: MAX_PART }),
        };
        count("num_documents", self.num_documents, usize::MAX)?;
        count("num_tokens", self.num_tokens as u64, MAX_TOKENS)?;
        count("dim", self.dim as u64, MAX_DIM)?;
        count("num_topics", self.num_topics as u64, MAX_DIRECTIONS)?;
        count("num_words", self.num_words as u64, MAX_DIRECTIONS)?;
        length("spread", self.spread)?;
        length("common", self.common)
    }
}
