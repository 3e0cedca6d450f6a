//! The encoder of collections that are searched by their words alone.

use crate::encoder::{Encoded, Encoder, TokenSpan};
use crate::error::EncodeError;
use pleiad_vectors::MultiVector;
use std::ops::Range;

/// Gives every text with a letter or a digit the same vector, `[1]`: what a collection keeps beside its words where no
/// model reads the language of its texts. It costs a few bytes and no time, and ranks nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct WordsOnly;

impl WordsOnly {
    /// The id that collections remember.
    pub const ID: &str = "words-v1";

    /// Values per vector.
    pub const DIM: usize = 1;

    fn encoded(text: &str) -> Result<Encoded, EncodeError> {
        let has_word = text.chars().any(char::is_alphanumeric);
        let (values, tokens) = match has_word {
            true => (vec![1.0], vec![TokenSpan { token: 0, word: 0..0 }]),
            false => (Vec::new(), Vec::new()),
        };
        Ok(Encoded {
            vectors: MultiVector::new(values, Self::DIM)?,
            num_windows: tokens.len(),
            tokens,
            sentence: None,
            num_truncated: 0,
        })
    }
}

impl Encoder for WordsOnly {
    fn id(&self) -> &str {
        Self::ID
    }

    fn dim(&self) -> usize {
        Self::DIM
    }

    fn runs_model(&self) -> bool {
        false
    }

    fn encode_query(&self, text: &str) -> Result<Encoded, EncodeError> {
        Self::encoded(text)
    }

    fn encode_document(&self, text: &str) -> Result<Encoded, EncodeError> {
        Self::encoded(text)
    }

    fn occurrences(&self, _text: &str, _token: u32) -> Vec<Range<usize>> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_with_a_word_has_the_same_vector() {
        for text in ["a", "東京都の天気", "42", "über alles", "ไทย"] {
            let encoded = WordsOnly.encode_document(text).unwrap();
            assert_eq!((encoded.vectors.data(), encoded.tokens.len()), (&[1.0][..], 1), "{text}");
        }
        for text in ["", " … ", "?!", "\u{1f600}"] {
            assert!(WordsOnly.encode_document(text).unwrap().vectors.is_empty(), "{text}");
        }
    }
}
