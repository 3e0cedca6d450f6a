//! What a model expects of its input, and which of its outputs count.

use super::tokenizer::Tokenizer;
use crate::word_piece::Piece;
use std::collections::HashSet;

/// How a text becomes a sequence on one side, and which of its tokens get a vector.
#[derive(Debug, Clone, Default)]
pub(crate) struct SideRules {
    /// Follows the tokens that begin every text.
    pub(crate) marker: Option<u32>,
    /// Written before the text.
    pub(crate) prompt: String,
    /// Longest sequence, tokens around the text and marker included.
    pub(crate) max_tokens: usize,
    pub(crate) expansion: Option<Expansion>,
    /// Tokens that get no vector.
    pub(crate) skipped: HashSet<u32>,
    /// Which side this is, where whole words get the vectors.
    pub(crate) whole_words: Option<Side>,
}

/// Whether a text asks or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Query,
    Document,
}

/// A word without regard to case: equal words have one id, different ones hardly ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct WordId(pub(crate) u32);

impl WordId {
    pub(crate) fn of(word: &str) -> Self {
        Self(crc32fast::hash(word.to_lowercase().as_bytes()))
    }
}

/// Tokens that fill a query and are asked as the others are (Khattab and Zaharia, SIGIR 2020, §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expansion {
    pub(crate) token: u32,
    /// Up to so many tokens.
    pub(crate) length: usize,
    /// Whether the others look at them.
    pub(crate) is_attended: bool,
}

/// The rules of a checkpoint.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) query: SideRules,
    pub(crate) document: SideRules,
    /// Whether every vector is made one long.
    pub(crate) is_normalised: bool,
}

impl Rules {
    /// Tokens that mean something to the model and must not come from a text.
    pub(crate) fn markers(&self) -> Vec<u32> {
        let sides = [&self.query, &self.document];
        let of =
            |side: &SideRules| side.marker.into_iter().chain(side.expansion.map(|expansion| expansion.token));
        sides.into_iter().flat_map(of).collect()
    }
}

/// A text as a model wants it.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) tokens: Vec<u32>,
    /// Tokens that are looked at: those behind only look.
    pub(crate) num_keys: usize,
    /// Per token, the word it is part of; empty at 0 for tokens that no text holds.
    pub(crate) words: Vec<std::ops::Range<usize>>,
    /// Whether the token gets a vector.
    pub(crate) is_kept: Vec<bool>,
    pub(crate) num_truncated: usize,
    pub(crate) side: Option<Side>,
    /// Per token, its word, where whole words get the vectors; empty elsewhere.
    pub(crate) word_ids: Vec<Option<WordId>>,
}

/// Pieces of a text behind its prompt.
struct Pieces {
    /// Tokens with their words.
    pieces: Vec<(u32, std::ops::Range<usize>)>,
    has_text: bool,
    /// Whether the tokenizer read all of the text.
    is_whole: bool,
}

impl SideRules {
    /// Cuts a text into tokens and puts what the model expects around them; nothing for a text without any token.
    pub(crate) fn prepare(&self, tokenizer: &Tokenizer, text: &str) -> Option<Prepared> {
        let Pieces { pieces, has_text, is_whole } = self.pieces(tokenizer, text);
        if !has_text {
            return None;
        }
        let num_around = tokenizer.first.len() + tokenizer.last.len() + usize::from(self.marker.is_some());
        let room = self.max_tokens.saturating_sub(num_around).min(pieces.len());
        let mut prepared = Prepared {
            tokens: Vec::new(),
            num_keys: 0,
            words: Vec::new(),
            is_kept: Vec::new(),
            num_truncated: pieces.len() - room + usize::from(!is_whole),
            side: self.whole_words,
            word_ids: Vec::new(),
        };
        let around = |tokens: &[u32]| tokens.iter().map(|&token| (token, 0..0)).collect::<Vec<_>>();
        let all = around(&tokenizer.first)
            .into_iter()
            .chain(self.marker.map(|marker| (marker, 0..0)))
            .chain(pieces.into_iter().take(room))
            .chain(around(&tokenizer.last));
        for (token, word) in all {
            prepared.push(token, word, !self.skipped.contains(&token));
        }
        if self.whole_words.is_some() {
            let id = |word: &std::ops::Range<usize>| {
                text.get(word.clone()).filter(|word| !word.is_empty()).map(WordId::of)
            };
            prepared.word_ids = prepared.words.iter().map(id).collect();
        }
        prepared.num_keys = prepared.tokens.len();
        self.expand(&mut prepared);
        Some(prepared)
    }

    fn expand(&self, prepared: &mut Prepared) {
        let Some(expansion) = self.expansion else { return };
        while prepared.tokens.len() < expansion.length {
            prepared.push(expansion.token, 0..0, true);
        }
        if expansion.is_attended {
            prepared.num_keys = prepared.tokens.len();
        }
    }

    /// The pieces of prompt and text, and whether the text has any. A prompt has no words.
    fn pieces(&self, tokenizer: &Tokenizer, text: &str) -> Pieces {
        let (mut pieces, mut has_text) = (Vec::new(), false);
        let skip = self.prompt.len();
        let mut visit = |piece: Piece| {
            let is_text = piece.word.end > skip;
            // White space that is a token of its own is no text.
            has_text |= is_text && !piece.word.is_empty();
            let word =
                if is_text { piece.word.start.saturating_sub(skip)..piece.word.end - skip } else { 0..0 };
            pieces.push((piece.token, word));
        };
        let is_whole = match self.prompt.is_empty() {
            true => tokenizer.for_each_piece(text, &mut visit),
            false => tokenizer.for_each_piece(&format!("{}{text}", self.prompt), &mut visit),
        };
        Pieces { pieces, has_text, is_whole }
    }
}

impl Prepared {
    fn push(&mut self, token: u32, word: std::ops::Range<usize>, is_kept: bool) {
        self.tokens.push(token);
        self.words.push(word);
        self.is_kept.push(is_kept);
    }
}
