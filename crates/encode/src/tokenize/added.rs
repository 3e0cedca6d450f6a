//! Tokens that were added to a vocabulary: a text is cut at them before anything else looks at it.

use super::placed::{Placed, span};
use std::collections::HashMap;
use std::ops::Range;

/// A token that is found as it is spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AddedToken {
    pub(super) token: u32,
    pub(super) spelled: Vec<char>,
    /// Only where no letter stands next to it.
    pub(super) single_word: bool,
    /// White space before it is part of it.
    pub(super) strips_left: bool,
    /// White space behind it is part of it.
    pub(super) strips_right: bool,
}

/// Added tokens by their first character, the longest first.
#[derive(Debug, Clone, Default)]
pub(super) struct AddedTokens(HashMap<char, Vec<AddedToken>>);

/// A stretch of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a [Placed]),
    Token(u32, Range<usize>),
}

impl AddedTokens {
    pub(super) fn new(tokens: impl IntoIterator<Item = AddedToken>) -> Self {
        let mut by_first: HashMap<char, Vec<AddedToken>> = HashMap::new();
        for token in tokens {
            if let Some(&first) = token.spelled.first() {
                by_first.entry(first).or_default().push(token);
            }
        }
        for tokens in by_first.values_mut() {
            tokens.sort_by_key(|token| std::cmp::Reverse(token.spelled.len()));
        }
        Self(by_first)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets some: a text cannot spell them any more.
    pub(super) fn remove(&mut self, reserved: &[u32]) {
        self.0.values_mut().for_each(|tokens| tokens.retain(|added| !reserved.contains(&added.token)));
        self.0.retain(|_, tokens| !tokens.is_empty());
    }

    /// The parts of a text in order. The leftmost token wins, of those at one place the longest.
    pub(super) fn cut<'a>(&self, text: &'a [Placed]) -> Vec<Part<'a>> {
        let (mut parts, mut done, mut at) = (Vec::new(), 0, 0);
        while at < text.len() {
            let Some(added) = self.find(&text[at..]) else {
                at += 1;
                continue;
            };
            let (mut begin, mut end) = (at, at + added.spelled.len());
            at = end;
            let joins =
                |placed: Option<&Placed>| placed.is_some_and(|placed| super::pre_tokenize::is_word(placed.c));
            let before = begin.checked_sub(1).and_then(|before| text.get(before));
            if added.single_word && (joins(before) || joins(text.get(end))) {
                continue;
            }
            while added.strips_left && begin > done && text[begin - 1].c.is_whitespace() {
                begin -= 1;
            }
            while added.strips_right && text.get(end).is_some_and(|placed| placed.c.is_whitespace()) {
                end += 1;
            }
            if done < begin {
                parts.push(Part::Text(&text[done..begin]));
            }
            parts.extend(span(&text[begin..end]).map(|span| Part::Token(added.token, span)));
            (done, at) = (end, end);
        }
        if done < text.len() {
            parts.push(Part::Text(&text[done..]));
        }
        parts
    }

    fn find(&self, text: &[Placed]) -> Option<&AddedToken> {
        let tokens = self.0.get(&text.first()?.c)?;
        let is_here = |added: &&AddedToken| {
            added.spelled.len() <= text.len()
                && added.spelled.iter().zip(text).all(|(c, placed)| *c == placed.c)
        };
        tokens.iter().find(is_here)
    }
}
