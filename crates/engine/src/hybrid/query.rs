use crate::error::{Error, Result};
use crate::{Schema, WordsQuery};
use pleiad_vectors::Query;
use serde::{Deserialize, Serialize};

/// A question in token vectors, as a whole, and in words.
#[derive(Debug, Clone)]
pub struct HybridQuery {
    /// Its token vectors.
    pub vectors: Query,
    /// Its sentence vector, where the collection keeps those of documents; without it that part of a score is 0. Its
    /// direction counts alone.
    pub sentence: Option<Vec<f32>>,
    /// Its terms; none count as nothing.
    pub words: WordsQuery,
    /// The shares of the parts.
    pub weights: HybridWeights,
}

impl HybridQuery {
    /// Token vectors alone.
    pub(crate) fn of_vectors(vectors: Query) -> Self {
        Self {
            vectors,
            sentence: None,
            words: WordsQuery::default(),
            weights: HybridWeights::mean_of_tokens(1.0),
        }
    }

    /// Returns whether it is one that a calibration of the fused score speaks of: it has all parts that the collection keeps,
    /// their default shares, and no phrase that hits must have.
    pub(crate) fn is_like_calibrated(&self, schema: &Schema) -> bool {
        self.weights == HybridWeights::for_schema(schema)
            && self.sentence.is_some() == schema.sentence.is_some()
            && self.words.is_empty() != schema.words.is_some()
            && !self.words.has_phrases()
    }
}

/// The shares of the parts in a fused score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HybridWeights {
    /// The value of a MaxSim in which every query token finds its own direction, at unit length: 1 in the mean of cosines.
    pub vectors: f32,
    /// The value of a cosine of 1 between sentence vectors.
    pub sentence: f32,
    /// The value of BM25's bound for the query.
    pub words: f32,
}

impl HybridWeights {
    /// The shares of collections of text whose documents have sentence vectors.
    ///
    /// Measured with all-MiniLM-L6-v2 on samples of eleven collections: a mean nDCG@10 of .641, where BM25 has .562, BM25 with
    /// either of the others at most .612 where no collection may lose .005, and the best shares that there are .646; of five
    /// collections that no choice had seen, .576, where BM25 has .502. Neighbors in steps of .05 are as good.
    pub const TEXT: Self = Self { vectors: 0.45, sentence: 0.25, words: 0.30 };

    /// The shares without sentence vectors: .612 on the same eleven, no collection below BM25. More for the vectors (.7)
    /// loses .010 on one of them and gains nothing in the mean.
    pub const WITHOUT_SENTENCE: Self = Self::mean_of_tokens(0.5);

    /// The shares without words, which are to each other as in [`HybridWeights::TEXT`].
    pub const WITHOUT_WORDS: Self = Self { vectors: 0.65, sentence: 0.35, words: 0.0 };

    /// `alpha` for the mean MaxSim of a query's tokens, the rest for words.
    pub const fn mean_of_tokens(alpha: f32) -> Self {
        Self { vectors: alpha, sentence: 0.0, words: 1.0 - alpha }
    }

    /// The shares that suit what a collection keeps.
    pub fn for_schema(schema: &Schema) -> Self {
        match (schema.sentence.is_some(), schema.words.is_some()) {
            (true, true) => Self::TEXT,
            (true, false) => Self::WITHOUT_WORDS,
            (false, true) => Self::WITHOUT_SENTENCE,
            (false, false) => Self::mean_of_tokens(1.0),
        }
    }

    /// An error unless a sum of parts with these shares is a score.
    pub(crate) fn check(self) -> Result<()> {
        let Self { vectors, sentence, words } = self;
        for (name, value) in [("vectors", vectors), ("sentence", sentence), ("words", words)] {
            if !(0.0..=MAX_WEIGHT).contains(&value) {
                let message =
                    format!("the weight of {name} is {value}; it must be in 0..={MAX_WEIGHT}, such as 0.45");
                return Err(Error::invalid(message));
            }
        }
        Ok(())
    }
}

/// Largest share: sums of such parts stay far from infinity.
const MAX_WEIGHT: f32 = 1e6;
