use crate::row_words::token_words;
use pleiad::{Part, Query, WordsQuery};
use pleiad_encode::Encoded;

/// A query, as far as the ranking of a collection needs it.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The token vectors; nothing where words alone are asked for, and where the text has none.
    pub query: Option<Query>,
    /// The vector of the whole text, where the encoder gives one.
    pub sentence: Option<Vec<f32>>,
    /// The word that each token belongs to; empty for ready-made vectors.
    pub token_words: Vec<String>,
    /// The terms; nothing where vectors alone are asked for.
    pub terms: Option<WordsQuery>,
}

impl Question {
    /// A query of ready-made vectors.
    pub fn of_vectors(query: Query) -> Self {
        Self { query: Some(query), ..Self::default() }
    }

    /// A text as it was encoded.
    pub(crate) fn encoded(encoded: Encoded, text: &str) -> Self {
        let token_words = token_words(&encoded, text);
        let query = (!encoded.vectors.is_empty()).then(|| Query::new(encoded.vectors));
        Self { query, sentence: encoded.sentence, token_words, terms: None }
    }

    /// Returns whether it asks for nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.query.is_none() && self.terms.as_ref().is_none_or(WordsQuery::is_empty)
    }

    /// The vector of a part's query token; empty where the question has no vectors.
    pub fn token(&self, part: &Part) -> &[f32] {
        let Some(query) = &self.query else { return &[] };
        let vectors = query.vectors();
        &vectors.data()[part.query_token as usize * vectors.dim()..][..vectors.dim()]
    }

    /// The word of a part's query token; none for what a model puts around a text.
    pub fn word(&self, part: &Part) -> Option<String> {
        self.token_words.get(part.query_token as usize).filter(|word| !word.is_empty()).cloned()
    }
}
