use rust_stemmers::{Algorithm, Stemmer};

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
        let has_two = chars.next().is_some_and(crate::scripts::has_no_blanks) || chars.next().is_some();
        if has_two && !is_stop_word(word) {
            visit(&self.stem(word));
        }
    }
}
