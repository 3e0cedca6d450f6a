//! From a text to tokens as a `tokenizer.json` says: added tokens, normalization, words, pieces.
//!
//! Same ids as the Python package `tokenizers`, but for one thing: what a text says is never a control token. Each
//! character remembers where in the source it comes from, so that a token can be shown in the text.

mod added;
mod bpe;
mod byte_level;
mod charsmap;
mod normalize;
mod parse;
mod pattern;
mod placed;
mod pre_tokenize;
mod unigram;
mod words;

use crate::error::EncodeError;
use crate::word_piece::{Piece, WordPiece};
use added::{AddedTokens, Part};
use bpe::Bpe;
use normalize::{Normalizer, max_normal_chars};
use placed::{Placed, place, span, text_of};
use pre_tokenize::PreTokenizer;
use std::ops::Range;
use unigram::Unigram;
use words::Words;

/// The rules of a `tokenizer.json`.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    /// Looked for before normalization, and behind it.
    raw: AddedTokens,
    normal: AddedTokens,
    normalizers: Vec<Normalizer>,
    cuts: Vec<PreTokenizer>,
    model: Model,
    /// BERT's own basic tokenizer and pieces, for which there is a shorter way.
    is_bert: bool,
}

/// Model that cuts a word into pieces.
#[derive(Debug, Clone)]
enum Model {
    WordPiece(WordPiece),
    Bpe(Bpe),
    Unigram(Unigram),
}

impl Tokenizer {
    /// Reads a `tokenizer.json` with a WordPiece, BPE or Unigram model. What stands around a text (`post_processor`)
    /// is not its business.
    ///
    /// # Errors
    /// When it is not JSON, asks for a step that is not known, or contradicts itself; the message names what.
    pub fn from_json(json: &[u8]) -> Result<Self, EncodeError> {
        parse::parse(json)
    }

    /// Calls `visit` with each token of `text` in order, with the word that it is part of: letters, digits and marks
    /// side by side, or, for anything else, what the token stands for. Returns whether all of the text was read: rules
    /// that make too many characters of one are not followed to the end.
    pub fn for_each_piece(&self, text: &str, mut visit: impl FnMut(Piece)) -> bool {
        if let (true, Model::WordPiece(word_piece)) = (self.is_bert && !self.has_added(), &self.model) {
            word_piece.for_each_piece(text, visit);
            return true;
        }
        let mut words = Words::new(text);
        self.for_each_span(text, |token, span| visit(Piece { token, word: words.around(span) }))
    }

    /// Calls `visit` with each token and the bytes that it stands for, and returns whether all of the text was read.
    fn for_each_span(&self, text: &str, mut visit: impl FnMut(u32, Range<usize>)) -> bool {
        let limit = max_normal_chars(text.len());
        let mut is_whole = true;
        for part in self.raw.cut(&place(text)) {
            let chars = match part {
                Part::Token(token, span) => {
                    visit(token, span);
                    continue;
                }
                Part::Text(chars) => chars.to_vec(),
            };
            let normal = self.normalizers.iter().fold(chars, |text, step| {
                let out = step.apply(text, limit);
                is_whole &= out.len() < limit;
                out
            });
            for part in self.normal.cut(&normal) {
                match part {
                    Part::Token(token, span) => visit(token, span),
                    Part::Text(chars) => self.pieces(chars.to_vec(), &mut visit),
                }
            }
        }
        is_whole
    }

    fn pieces(&self, chars: Vec<Placed>, visit: &mut impl FnMut(u32, Range<usize>)) {
        let mut words = vec![chars];
        for cut in &self.cuts {
            words = words.into_iter().flat_map(|word| cut.apply(word)).collect();
        }
        words.iter().for_each(|word| self.model.split(word, visit));
    }

    fn has_added(&self) -> bool {
        !self.raw.is_empty() || !self.normal.is_empty()
    }

    /// Takes these tokens for markers: no text can spell them any more.
    pub(crate) fn reserve(&mut self, tokens: &[u32]) {
        self.raw.remove(tokens);
        self.normal.remove(tokens);
    }

    /// The id of a token, as the vocabulary spells it; added tokens that are no part of it are not known here.
    pub(crate) fn token(&self, spelled: &str) -> Option<u32> {
        match &self.model {
            Model::WordPiece(model) => model.token(spelled),
            Model::Bpe(model) => model.vocab.get(spelled).copied(),
            Model::Unigram(model) => model.token(spelled),
        }
    }

    /// Returns the token of words that cannot be spelled, where there is one.
    pub(crate) fn unknown(&self) -> Option<u32> {
        match &self.model {
            Model::WordPiece(model) => Some(model.unknown()),
            Model::Bpe(model) => model.unknown,
            Model::Unigram(model) => Some(model.unknown),
        }
    }

    /// Largest id in the vocabulary, with its token.
    pub(crate) fn last_token(&self) -> Option<(String, u32)> {
        match &self.model {
            Model::WordPiece(model) => model.last_token(),
            Model::Unigram(model) => model.last_token(),
            Model::Bpe(model) => {
                let last = model.vocab.iter().max_by_key(|&(_, &id)| id);
                last.map(|(token, &id)| (token.to_string(), id))
            }
        }
    }
}

impl Model {
    fn split(&self, word: &[Placed], visit: &mut impl FnMut(u32, Range<usize>)) {
        let text = text_of(word);
        // Where each character begins in `text`, and the end.
        let begins: Vec<usize> = text.char_indices().map(|(begin, _)| begin).chain([text.len()]).collect();
        let place = |token, bytes: Range<usize>| {
            let first = begins.partition_point(|&begin| begin <= bytes.start).saturating_sub(1);
            let end = begins.partition_point(|&begin| begin < bytes.end);
            visit(token, word.get(first..end).and_then(span).unwrap_or(0..0));
        };
        match self {
            Self::WordPiece(model) => model.split(&text, place),
            Self::Bpe(model) => model.split(&text, place),
            Self::Unigram(model) => model.split(&text, place),
        }
    }
}

#[cfg(test)]
mod tests;
