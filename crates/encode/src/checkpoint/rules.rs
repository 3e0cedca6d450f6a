//! Rules of a model's input, and of the outputs that count.

use super::tokenizer::TextTokenizer;
use crate::word_piece::Piece;
use pleiad_vectors::MAX_TOKENS;
use std::collections::HashSet;
use std::ops::Range;

/// A window ends up to so many tokens early so as not to cut a word in two.
const MAX_SHIFT: usize = 16;

/// Rules by which a text becomes a sequence on one side, and tokens get a vector.
#[derive(Debug, Clone, Default)]
pub(crate) struct SideRules {
    /// Follows the tokens that begin every text.
    pub(crate) marker: Option<u32>,
    /// Written before the text.
    pub(crate) prompt: String,
    /// Longest sequence, tokens around the text and marker included.
    pub(crate) max_tokens: usize,
    /// True where a longer text becomes several sequences; else its end is left out.
    pub(crate) is_windowed: bool,
    pub(crate) expansion: Option<Expansion>,
    /// Tokens that get no vector.
    pub(crate) skipped: HashSet<u32>,
    /// The side, where whole words get the vectors.
    pub(crate) whole_words: Option<Side>,
}

/// The side of a text: query or document.
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
    /// True where the other tokens attend to them.
    pub(crate) is_attended: bool,
}

/// The rules of a checkpoint.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) query: SideRules,
    pub(crate) document: SideRules,
    /// True where every vector is normalized.
    pub(crate) is_normalized: bool,
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
    pub(crate) words: Vec<Range<usize>>,
    /// True for each token that gets a vector.
    pub(crate) is_kept: Vec<bool>,
    pub(crate) num_truncated: usize,
    pub(crate) side: Option<Side>,
    /// Per token, its word, where whole words get the vectors; empty elsewhere.
    pub(crate) word_ids: Vec<Option<WordId>>,
}

/// Pieces of a text behind its prompt.
struct Pieces {
    /// Tokens with their words.
    pieces: Vec<(u32, Range<usize>)>,
    has_text: bool,
    /// True where the tokenizer read all of the text.
    is_whole: bool,
}

impl SideRules {
    /// Cuts a text into tokens and puts what the model expects around them: a sequence for each window of the text,
    /// none for a text without any token. Of more tokens than a set may have vectors, the first are taken.
    pub(crate) fn prepare(&self, tokenizer: &TextTokenizer, text: &str) -> Vec<Prepared> {
        let Pieces { pieces, has_text, is_whole } = self.pieces(tokenizer, text);
        if !has_text {
            return Vec::new();
        }
        let num_around = tokenizer.first.len() + tokenizer.last.len() + usize::from(self.marker.is_some());
        let room = self.max_tokens.saturating_sub(num_around);
        let most = if self.is_windowed && room > 0 { MAX_TOKENS } else { room };
        let taken = &pieces[..most.min(pieces.len())];
        let prepare = |window: Range<usize>| self.window(tokenizer, text, &taken[window]);
        let mut prepared: Vec<Prepared> = match taken {
            // No room for a token of the text: markers alone.
            [] => std::iter::once(prepare(0..0)).collect(),
            _ => windows(taken, room).into_iter().map(prepare).collect(),
        };
        if let Some(first) = prepared.first_mut() {
            first.num_truncated = pieces.len() - taken.len() + usize::from(!is_whole);
        }
        prepared
    }

    /// A sequence of these tokens.
    fn window(&self, tokenizer: &TextTokenizer, text: &str, pieces: &[(u32, Range<usize>)]) -> Prepared {
        let mut prepared = Prepared {
            tokens: Vec::new(),
            num_keys: 0,
            words: Vec::new(),
            is_kept: Vec::new(),
            num_truncated: 0,
            side: self.whole_words,
            word_ids: Vec::new(),
        };
        let around = |tokens: &[u32]| tokens.iter().map(|&token| (token, 0..0)).collect::<Vec<_>>();
        let all = around(&tokenizer.first)
            .into_iter()
            .chain(self.marker.map(|marker| (marker, 0..0)))
            .chain(pieces.iter().cloned())
            .chain(around(&tokenizer.last));
        for (token, word) in all {
            prepared.push(token, word, !self.skipped.contains(&token));
        }
        if self.whole_words.is_some() {
            let id =
                |word: &Range<usize>| text.get(word.clone()).filter(|word| !word.is_empty()).map(WordId::of);
            prepared.word_ids = prepared.words.iter().map(id).collect();
        }
        prepared.num_keys = prepared.tokens.len();
        self.expand(&mut prepared);
        prepared
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
    fn pieces(&self, tokenizer: &TextTokenizer, text: &str) -> Pieces {
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

/// As few windows of at most `room` tokens as there can be, of nearly equal lengths, which end between words where they
/// can.
fn windows(pieces: &[(u32, Range<usize>)], room: usize) -> Vec<Range<usize>> {
    let (mut windows, mut start) = (Vec::new(), 0);
    while start < pieces.len() {
        let rest = pieces.len() - start;
        let length = rest.div_ceil(rest.div_ceil(room));
        let earliest = (start + length).saturating_sub(MAX_SHIFT).max(start + 1);
        let is_between = |&end: &usize| pieces.get(end).is_none_or(|next| next.1 != pieces[end - 1].1);
        let end = (earliest..=start + length).rev().find(is_between).unwrap_or(start + length);
        windows.push(start..end);
        start = end;
    }
    windows
}

impl Prepared {
    fn push(&mut self, token: u32, word: Range<usize>, is_kept: bool) {
        self.tokens.push(token);
        self.words.push(word);
        self.is_kept.push(is_kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn windows_cover_a_text_and_cut_no_word_that_fits(
            lengths in prop::collection::vec(1usize..6, 1..200),
            room in 1usize..64,
        ) {
            let words = lengths.iter().enumerate();
            let pieces: Vec<(u32, Range<usize>)> =
                words.flat_map(|(word, &length)| std::iter::repeat_n((7, word..word + 1), length)).collect();
            let windows = windows(&pieces, room);
            let mut end = 0;
            for window in &windows {
                prop_assert!(window.start == end && window.len() <= room && !window.is_empty());
                end = window.end;
                // A word of at most five pieces ends within the shift, if a window is longer than one.
                let cuts = pieces.get(end).is_some_and(|next| next.1 == pieces[end - 1].1);
                prop_assert!(!cuts || window.len() < 10, "{window:?} of {room}");
            }
            prop_assert_eq!(end, pieces.len());
            // Each is at most a shift shorter than the number of windows asks for.
            prop_assert!(windows.len() <= pieces.len().div_ceil(room.saturating_sub(MAX_SHIFT).max(1)) + 1);
        }
    }
}
