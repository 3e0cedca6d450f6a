use crate::error::EncodeError;
use crate::weights::ModelError;
use pleiad_vectors::MultiVector;
use rayon::prelude::*;
use std::ops::Range;

/// Encoder of texts to token vectors. Collections and threads may share one: encoding changes nothing of it.
///
/// The two sides may differ: a MaxSim reads the length of a query vector as its weight.
pub trait Encoder: Send + Sync {
    /// Identity of the encoder. A collection stores it: vectors of different encoders must not be mixed.
    fn id(&self) -> &str;

    /// Values per token vector.
    fn dim(&self) -> usize;

    /// Values of the vector that stands for a whole text, [`Encoded::sentence`]; nothing for an encoder that has none.
    fn sentence_dim(&self) -> Option<usize> {
        None
    }

    /// Sentences for whoever chooses this encoder: what of its files was left out, and what it is not meant for. Nearly
    /// always none.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// Returns whether a text costs a pass through a model.
    fn runs_model(&self) -> bool {
        true
    }

    /// The token vectors of a query, `[num_tokens, dim]`. A text without any token gives an empty set.
    ///
    /// # Errors
    /// When the model yields something that is not a set of vectors.
    fn encode_query(&self, text: &str) -> Result<Encoded, EncodeError>;

    /// The token vectors of a document, `[num_tokens, dim]`. A text without any token gives an empty set.
    ///
    /// # Errors
    /// As [`Encoder::encode_query`].
    fn encode_document(&self, text: &str) -> Result<Encoded, EncodeError>;

    /// As [`Encoder::encode_document`] for several documents, in their order, on all cores: the same vectors.
    ///
    /// # Errors
    /// The first failure.
    fn encode_documents(&self, texts: &[&str]) -> Result<Vec<Encoded>, EncodeError> {
        texts.par_iter().map(|text| self.encode_document(text)).collect()
    }

    /// The tokens of [`Encoder::encode_document`], one for each row of its vectors, without these. Cost: an encoder
    /// whose tokens do not depend on what its model makes of them only cuts the text.
    ///
    /// # Errors
    /// As [`Encoder::encode_document`].
    fn document_tokens(&self, text: &str) -> Result<Vec<TokenSpan>, EncodeError> {
        Ok(self.encode_document(text)?.tokens)
    }

    /// The names of the languages that it reads differently; none where texts of all languages are read alike.
    fn languages(&self) -> &[String] {
        &[]
    }

    /// The same encoder for texts in another language; nothing where texts of all languages are read alike.
    ///
    /// # Errors
    /// When it does not know that language.
    fn with_language(&self, _language: &str) -> Result<Option<Box<dyn Encoder>>, ModelError> {
        Ok(None)
    }

    /// Every word of `text` that holds `token`, in order: what a user sees marked when this token matched.
    fn occurrences(&self, text: &str, token: u32) -> Vec<Range<usize>>;
}

/// A text as token vectors, and where in the text each of them comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// Row-major `[num_tokens, dim]`.
    pub vectors: MultiVector,
    /// One entry per row of `vectors`.
    pub tokens: Vec<TokenSpan>,
    /// One vector for the whole text, [`Encoder::sentence_dim`] values, one long. Cosines of these compare texts as
    /// wholes. Nothing where the encoder has none, and for a text without any token.
    pub sentence: Option<Vec<f32>>,
    /// Stretches that the text was cut into because it is longer than the model takes at once; 1 for nearly all
    /// texts, 0 for one without any token.
    pub num_windows: usize,
    /// Tokens that were left out because the text has more of them than one set takes. Nearly always 0.
    pub num_truncated: usize,
}

/// Origin of a token vector in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSpan {
    /// The encoder's id of the token.
    pub token: u32,
    /// Bytes of the whole word that the token is part of, as written in the source text. Where an encoder has one
    /// vector for equal tokens, the first such word.
    pub word: Range<usize>,
}

impl TokenSpan {
    /// The whole word as written in `text`, which must be the text that was encoded; `None` in another one.
    pub fn word_in<'a>(&self, text: &'a str) -> Option<&'a str> {
        text.get(self.word.clone())
    }
}
