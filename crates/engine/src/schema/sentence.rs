use serde::{Deserialize, Serialize};

/// The sentence vector of a schema: one for every document, as encoders that were trained to compare whole texts give it.
///
/// It is kept at unit length in four bits a value and a scale: `dim / 2 + 2` bytes a document, 194 of 384 values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentenceSchema {
    /// Values of the vector, the same for documents and queries.
    pub dim: usize,
}

/// The same as the manifest keeps it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredSentence {
    dim: usize,
}

impl StoredSentence {
    pub(crate) fn of(sentence: SentenceSchema) -> Self {
        Self { dim: sentence.dim }
    }

    pub(crate) fn into_sentence(self) -> SentenceSchema {
        SentenceSchema { dim: self.dim }
    }
}
