//! A static encoder: one stored vector per word piece, no model to run.
//!
//! A document becomes one vector per distinct token, all of one length; a query one vector per distinct token whose
//! length is the token's weight. Context is lost, so a transformer ranks better; in return a text costs a table look-up per token.

mod encode;
mod table;

use crate::{EncodeError, Encoded, Encoder, WordPiece};
use std::borrow::Cow;
use std::ops::Range;
use table::Table;

/// Most distinct tokens of a query that become vectors; the first ones win.
///
/// The cost of a search grows with each of them, and no question needs more.
pub const MAX_QUERY_TOKENS: usize = 512;

/// Most distinct tokens of a document that become vectors; the first ones win.
///
/// English reaches this many distinct word pieces after some hundred pages: such a document is better split.
pub const MAX_DOCUMENT_TOKENS: usize = 8192;

/// Each vector of a document with `n` distinct tokens is `n^-LENGTH_EXPONENT` long.
///
/// The more tokens a document has, the better its best one for a query token is by chance alone, so that unit vectors
/// favour long documents. One common length per document scales its MaxSim and changes no match. The value lies half
/// way between the best ones on scifact/train (0.05) and cosqa/dev (0.15). nDCG@10 with unit vectors / with it, whole
/// documents: scifact .613 / .649, nfcorpus .255 / .286, cranfield .282 / .328, adi .378 / .417, npl .382 / .388,
/// csfcube .261 / .340. Held out, every fourth query: tldr (all languages as documents) .253 / .326; movies .652 / .627,
/// a loss where queries name two actors of a film.
const LENGTH_EXPONENT: f64 = 0.1;

/// A tokenizer and a table of vectors, one per token.
#[derive(Debug, Clone)]
pub struct StaticEncoder {
    id: Cow<'static, str>,
    word_piece: WordPiece,
    table: Table,
}

impl StaticEncoder {
    /// The built-in encoder `static-v1`, 64 dimensions, for English. Cost: the vocabulary is parsed, some
    /// milliseconds; vectors are decoded when a text needs them.
    ///
    /// # Errors
    /// Never in practice: the files are part of the program and tested.
    pub fn load() -> Result<Self, EncodeError> {
        Self::from_bytes(
            "static-v1",
            &include_bytes!("../../assets/static-v1/table.safetensors")[..],
            include_bytes!("../../assets/static-v1/tokenizer.json"),
        )
    }

    /// An encoder from a table and a tokenizer in the format of the built-in ones (`assets/static-v1/README.md`).
    /// `id` names the pair: another table needs another id.
    ///
    /// # Errors
    /// When the table is not safetensors, lacks a tensor or has one of another type or shape, when a row has no
    /// direction, a weight is negative or not finite, or the tokenizer is not an uncased WordPiece one or has tokens
    /// without a row.
    pub fn from_bytes(
        id: impl Into<Cow<'static, str>>,
        table: impl Into<Cow<'static, [u8]>>,
        tokenizer: &[u8],
    ) -> Result<Self, EncodeError> {
        let table = Table::parse(table.into())?;
        let word_piece = WordPiece::from_json(tokenizer)?;
        match word_piece.last_token() {
            Some((token, id)) if id as usize >= table.num_rows() => {
                Err(EncodeError::TokenOutOfRange { token, id, num_rows: table.num_rows() })
            }
            _ => Ok(Self { id: id.into(), word_piece, table }),
        }
    }
}

impl Encoder for StaticEncoder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dim(&self) -> usize {
        self.table.dim()
    }

    /// One vector per distinct token, of length `query_weight` × occurrences.
    ///
    /// A token that is asked for twice counts twice: that is the same score as two equal rows, at half the cost.
    /// Measured with unit vectors in documents against counting it once, nDCG@10: scifact .613 / .607, cranfield .282 / .278, csfcube (long queries)
    /// .261 / .222, npl .382 / .385, nfcorpus .255 / .256.
    fn encode_query(&self, text: &str) -> Result<Encoded, EncodeError> {
        self.query(text)
    }

    /// One vector per distinct token, in the order of first occurrence, each `num_tokens`^-0.1 long.
    /// Without that, long documents win by chance (`LENGTH_EXPONENT` in the source has the figures).
    fn encode_document(&self, text: &str) -> Result<Encoded, EncodeError> {
        self.document(text)
    }

    fn occurrences(&self, text: &str, token: u32) -> Vec<Range<usize>> {
        let mut words: Vec<Range<usize>> = Vec::new();
        self.word_piece.for_each_piece(text, |piece| {
            // A word may hold the same piece twice.
            if piece.token == token && words.last() != Some(&piece.word) {
                words.push(piece.word);
            }
        });
        words
    }
}

#[cfg(test)]
mod tests;
