//! BERT's WordPiece tokenizer (Devlin et al., NAACL 2019; Wu et al., arXiv 1609.08144, section 4.1).
//!
//! Same ids as the Python package `tokenizers` on texts without special tokens; here `[CLS]` written in a text is
//! ordinary text, so that no document can smuggle in a control token.

mod normalize;
mod parse;

pub(crate) use normalize::{BertRules, is_control, is_ideograph, is_punctuation};
pub(crate) use parse::Vocabulary;

use crate::error::EncodeError;
use std::collections::HashMap;
use std::ops::Range;

/// A vocabulary and the rules that cut a text into its entries.
#[derive(Debug, Clone)]
pub struct WordPiece {
    /// Pieces that begin a word.
    initial: HashMap<Box<str>, u32>,
    /// Pieces that continue a word, without their `##`.
    continuing: HashMap<Box<str>, u32>,
    /// Length of the longest piece: no longer prefix needs to be looked up.
    max_piece_bytes: usize,
    /// Words with more characters than this, after normalization, are unknown as a whole.
    max_word_chars: usize,
    unknown: u32,
    rules: BertRules,
}

/// A token and the word it is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its id in the vocabulary.
    pub token: u32,
    /// Bytes of the whole word in the source text.
    pub word: Range<usize>,
}

impl WordPiece {
    /// Reads the `tokenizer.json` of an uncased BERT model.
    ///
    /// # Errors
    /// When it is not JSON, lacks its unknown token or asks for other rules than those of uncased BERT.
    pub fn from_json(json: &[u8]) -> Result<Self, EncodeError> {
        parse::parse(json)
    }

    /// Calls `visit` with each token of `text` in order. Cost: one pass and about one look-up per piece.
    pub fn for_each_piece(&self, text: &str, mut visit: impl FnMut(Piece)) {
        normalize::for_each_word(self.rules, text, |word, span| {
            self.split(word, |token, _| visit(Piece { token, word: span.clone() }));
        });
    }

    /// The same vocabulary behind another basic tokenizer.
    pub(crate) fn with_rules(self, rules: BertRules) -> Self {
        Self { rules, ..self }
    }

    /// The id of an entry that begins a word, as the vocabulary spells it.
    pub(crate) fn token(&self, entry: &str) -> Option<u32> {
        self.initial.get(entry).copied()
    }

    /// Returns the token of words that cannot be spelled.
    pub(crate) fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Largest id in the vocabulary, with its token.
    pub(crate) fn last_token(&self) -> Option<(String, u32)> {
        let initial = self.initial.iter().map(|(piece, &id)| ("", piece, id));
        let continuing = self.continuing.iter().map(|(piece, &id)| ("##", piece, id));
        let last = initial.chain(continuing).max_by_key(|&(_, _, id)| id);
        last.map(|(prefix, piece, id)| (format!("{prefix}{piece}"), id))
    }

    /// Greedy longest match from the left; one unknown token when the word cannot be covered. Visits each token with
    /// its bytes of the word.
    pub(crate) fn split(&self, word: &str, mut visit: impl FnMut(u32, Range<usize>)) {
        if let Some(&token) = self.initial.get(word) {
            return visit(token, 0..word.len());
        }
        match self.cover(word) {
            Some(tokens) => tokens.into_iter().for_each(|(token, bytes)| visit(token, bytes)),
            None => visit(self.unknown, 0..word.len()),
        }
    }

    fn cover(&self, word: &str) -> Option<Vec<(u32, Range<usize>)>> {
        if word.len() > self.max_word_chars && word.chars().count() > self.max_word_chars {
            return None;
        }
        let mut tokens = Vec::new();
        let mut begin = 0;
        let mut pieces = &self.initial;
        while begin < word.len() {
            let (token, num_bytes) = self.longest(pieces, &word[begin..])?;
            tokens.push((token, begin..begin + num_bytes));
            begin += num_bytes;
            pieces = &self.continuing;
        }
        Some(tokens)
    }

    fn longest(&self, pieces: &HashMap<Box<str>, u32>, rest: &str) -> Option<(u32, usize)> {
        let longest = rest.len().min(self.max_piece_bytes);
        (1..=longest)
            .rev()
            .filter(|&end| rest.is_char_boundary(end))
            .find_map(|end| pieces.get(&rest[..end]).map(|&token| (token, end)))
    }
}

#[cfg(test)]
mod tests;
