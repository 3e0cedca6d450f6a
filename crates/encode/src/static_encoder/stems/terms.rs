//! Stems of the words of a text.

use crate::word_piece::{BertRules, for_each_word};
use pleiad_terms::{EnglishStemmer, for_each_part};
use std::ops::Range;

/// Cuts texts into stems: words as BERT's uncased models see them, without their accents and punctuation, and cut by
/// Snowball's English stemmer. A name in CamelCase gives its parts beside itself.
#[derive(Default)]
pub(crate) struct Terms {
    stemmer: EnglishStemmer,
}

impl Terms {
    /// Calls `visit` with each stem of `text` in order, and the bytes of the whole word that it is of.
    pub(crate) fn for_each(&self, text: &str, mut visit: impl FnMut(&str, Range<usize>)) {
        for_each_word(BertRules::UNCASED, text, |word, span| {
            if !word.contains(char::is_alphanumeric) {
                return;
            }
            visit(&self.stemmer.stem(word), span.clone());
            for_each_part(&text[span.clone()], |part| {
                visit(&self.stemmer.stem(&part.to_lowercase()), span.clone());
            });
        });
    }

    /// As [`Terms::for_each`]; where there is no word, the symbols beyond ASCII are the stems: emoji, arrows, an
    /// ellipsis.
    pub(crate) fn for_each_or_symbols(&self, text: &str, mut visit: impl FnMut(&str, Range<usize>)) {
        let mut has_words = false;
        self.for_each(text, |stem, word| {
            has_words = true;
            visit(stem, word);
        });
        if !has_words {
            for_each_word(BertRules::UNCASED, text, |symbol, span| {
                if !symbol.is_ascii() {
                    visit(symbol, span);
                }
            });
        }
    }

    /// The stem of the first word, if there is one.
    pub(crate) fn first(&self, text: &str) -> Option<String> {
        let mut first = None;
        self.for_each(text, |stem, _| {
            first.get_or_insert_with(|| stem.to_owned());
        });
        first
    }
}
