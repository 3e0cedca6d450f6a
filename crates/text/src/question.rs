use crate::error::{Error, Result};
use crate::row_words::token_words;
use pleiad::{Part, Query};
use pleiad_encode::QueryEncoder;

/// A query with its words.
pub struct Question {
    /// The token vectors.
    pub query: Query,
    /// The word that each token belongs to; empty for ready-made vectors.
    pub words: Vec<String>,
}

impl Question {
    /// Encodes a text.
    ///
    /// # Errors
    /// When it holds no word that could be searched for.
    pub fn encode(encoder: &dyn QueryEncoder, text: &str) -> Result<Self> {
        let encoded = encoder.encode(text)?;
        if encoded.vectors.is_empty() {
            let message =
                format!("the query {text:?} holds no word that can be searched for: use letters or digits");
            return Err(Error::invalid(message));
        }
        let words = token_words(&encoded, text);
        Ok(Self { query: Query::new(encoded.vectors), words })
    }

    /// The vector of a part's query token.
    pub fn token(&self, part: &Part) -> &[f32] {
        let vectors = self.query.vectors();
        &vectors.data()[part.query_token as usize * vectors.dim()..][..vectors.dim()]
    }

    /// The word of a part's query token; none for what a model puts around a text.
    pub fn word(&self, part: &Part) -> Option<String> {
        self.words.get(part.query_token as usize).filter(|word| !word.is_empty()).cloned()
    }
}
