//! The unigram language model of SentencePiece (Kudo, ACL 2018): the likeliest way to write a word in pieces.

use super::bpe::ByteTokens;
use std::collections::HashMap;
use std::ops::Range;

/// Logarithm of the ratio between the least likely piece and an unknown character.
const UNKNOWN_PENALTY: f64 = 10.0;

/// Pieces with the logarithms of their probabilities.
#[derive(Debug, Clone)]
pub(super) struct Unigram {
    pieces: HashMap<Box<str>, (u32, f64)>,
    max_piece_bytes: usize,
    pub(super) unknown: u32,
    unknown_score: f64,
    byte_tokens: Option<ByteTokens>,
}

/// The best way to write a word up to one of its bytes.
#[derive(Debug, Clone, Copy)]
struct Best {
    score: f64,
    begin: usize,
    /// Nothing for an unknown character.
    token: Option<u32>,
}

impl Unigram {
    /// Pieces of a list; those that are `reserved` are never found in a text. Scores must be finite.
    pub(super) fn new(
        list: Vec<(String, f64)>,
        unknown: u32,
        has_byte_tokens: bool,
        reserved: impl Fn(u32) -> bool,
    ) -> Self {
        let least = list.iter().map(|&(_, score)| score).fold(f64::INFINITY, f64::min);
        let all = list.into_iter().zip(0u32..);
        let pieces: HashMap<Box<str>, (u32, f64)> =
            all.map(|((piece, score), id)| (piece.into_boxed_str(), (id, score))).collect();
        let byte_tokens =
            has_byte_tokens.then(|| ByteTokens::find(|spelled| pieces.get(spelled).map(|&(id, _)| id)));
        let mut found = Self {
            max_piece_bytes: pieces.keys().map(|piece| piece.len()).max().unwrap_or(0),
            pieces,
            unknown,
            unknown_score: least - UNKNOWN_PENALTY,
            byte_tokens,
        };
        found.pieces.retain(|_, &mut (id, _)| id != unknown && !reserved(id));
        found
    }

    /// Calls `visit` with each token of a word and its bytes of it. Cost: a look-up for each place and each length
    /// that a piece may have.
    pub(super) fn split(&self, word: &str, mut visit: impl FnMut(u32, Range<usize>)) {
        let mut pieces: Vec<(Option<u32>, Range<usize>)> = Vec::new();
        for (token, bytes) in self.backwards(word) {
            match pieces.last_mut() {
                // Unknown characters in a row are one token.
                Some((None, last)) if token.is_none() => last.start = bytes.start,
                _ => pieces.push((token, bytes)),
            }
        }
        for (token, bytes) in pieces.into_iter().rev() {
            let as_bytes = || self.byte_tokens.as_ref()?.of(&word[bytes.clone()]);
            match (token, as_bytes) {
                (Some(token), _) => visit(token, bytes),
                (None, as_bytes) => match as_bytes() {
                    Some(tokens) => tokens.into_iter().for_each(|token| visit(token, bytes.clone())),
                    None => visit(self.unknown, bytes),
                },
            }
        }
    }

    /// The likeliest pieces, from the end of the word.
    fn backwards(&self, word: &str) -> Vec<(Option<u32>, Range<usize>)> {
        let best = self.best(word);
        let mut pieces = Vec::new();
        let mut end = word.len();
        while let Some(last) = best.get(end).copied().flatten() {
            pieces.push((last.token, last.begin..end));
            end = last.begin;
        }
        pieces
    }

    /// For each byte of a word and the one behind, how it is best reached (Viterbi); nothing at the beginning.
    fn best(&self, word: &str) -> Vec<Option<Best>> {
        let mut best: Vec<Option<Best>> = vec![None; word.len() + 1];
        for (begin, c) in word.char_indices() {
            let so_far = best[begin].map_or(0.0, |best| best.score);
            let mut reach = |end: usize, score: f64, token| {
                // The first way wins among equals: the one with the longest last piece.
                if best[end].is_none_or(|best| so_far + score > best.score) {
                    best[end] = Some(Best { score: so_far + score, begin, token });
                }
            };
            let mut is_known = false;
            let longest = word.len().min(begin.saturating_add(self.max_piece_bytes));
            for end in (begin + 1..=longest).filter(|&end| word.is_char_boundary(end)) {
                if let Some(&(token, score)) = self.pieces.get(&word[begin..end]) {
                    reach(end, score, Some(token));
                    is_known |= end == begin + c.len_utf8();
                }
            }
            if !is_known {
                reach(begin + c.len_utf8(), self.unknown_score, None);
            }
        }
        best
    }

    /// The id of a piece, as the vocabulary spells it.
    pub(super) fn token(&self, spelled: &str) -> Option<u32> {
        self.pieces.get(spelled).map(|&(id, _)| id)
    }

    /// Largest id, with its piece.
    pub(super) fn last_token(&self) -> Option<(String, u32)> {
        let last = self.pieces.iter().max_by_key(|&(_, &(id, _))| id);
        last.map(|(piece, &(id, _))| (piece.to_string(), id))
    }
}
