//! `static-v1`: one stored vector per word piece.

mod encode;
mod table;

use crate::error::EncodeError;
use crate::word_piece::WordPiece;
use std::borrow::Cow;
use std::ops::Range;
use table::Table;

/// Each vector of a document with `n` distinct tokens is `n^-LENGTH_EXPONENT` long.
///
/// The more tokens a document has, the better its best one for a query token is by chance alone, so that unit vectors
/// favor long documents. One common length per document scales its MaxSim and changes no match. The value lies half
/// way between the best ones on scifact/train (0.05) and cosqa/dev (0.15). nDCG@10 with unit vectors / with it, whole
/// documents: scifact .613 / .649, nfcorpus .255 / .286, cranfield .282 / .328, adi .378 / .417, npl .382 / .388,
/// csfcube .261 / .340. Held out, every fourth query: tldr (all languages as documents) .253 / .326; movies .652 / .627,
/// a loss where queries name two actors of a film.
const LENGTH_EXPONENT: f64 = 0.1;

/// A tokenizer and a table of vectors, one per token.
#[derive(Debug, Clone)]
pub(super) struct Pieces {
    word_piece: WordPiece,
    table: Table,
}

impl Pieces {
    pub(super) fn from_bytes(table: Cow<'static, [u8]>, tokenizer: &[u8]) -> Result<Self, EncodeError> {
        let table = Table::parse(table)?;
        let word_piece = WordPiece::from_json(tokenizer)?;
        match word_piece.last_token() {
            Some((token, id)) if id as usize >= table.num_rows() => {
                Err(EncodeError::TokenOutOfRange { token, id, num_rows: table.num_rows() })
            }
            _ => Ok(Self { word_piece, table }),
        }
    }

    pub(super) fn dim(&self) -> usize {
        self.table.dim()
    }

    pub(super) fn occurrences(&self, text: &str, token: u32) -> Vec<Range<usize>> {
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
