use rust_stemmers::{Algorithm, Stemmer};
use std::ops::Range;

/// Words that say nothing alone: Lucene's English ones, in order.
const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no",
    "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to",
    "was", "will", "with",
];

/// Returns whether a word in lower case is one of Lucene's English stop words.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Snowball's English stemmer (Porter, 2001).
pub struct EnglishStemmer(Stemmer);

impl Default for EnglishStemmer {
    fn default() -> Self {
        Self(Stemmer::create(Algorithm::English))
    }
}

impl EnglishStemmer {
    /// Returns the stem of a word in lower case.
    pub fn stem<'a>(&self, word: &'a str) -> std::borrow::Cow<'a, str> {
        self.0.stem(word)
    }

    /// Calls `visit` with the stem of a word, unless the word is a single character of a script with blanks or a stop
    /// word.
    pub(crate) fn for_each_stem(&self, word: &str, mut visit: impl FnMut(&str)) {
        let mut chars = word.chars();
        let has_two = chars.next().is_some_and(crate::words::has_no_blanks) || chars.next().is_some();
        if has_two && !is_stop_word(word) {
            visit(&self.stem(word));
        }
    }
}

/// Calls `visit` with each word of two letters, digits or underscores and more of the text in lower case, its number
/// among all words, and its bytes in the text in lower case, which may be others than those of the text.
pub(crate) fn for_each_plain_word(text: &str, mut visit: impl FnMut(&str, u32, Range<usize>)) {
    let lower = text.to_lowercase();
    let (mut position, mut start) = (0, 0);
    for word in lower.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        if word.chars().nth(1).is_some() {
            visit(word, position, start..start + word.len());
        }
        position += u32::from(!word.is_empty());
        // The next word begins behind the character that ended this one.
        let end = start + word.len();
        start = end + lower[end..].chars().next().map_or(0, char::len_utf8);
    }
}
