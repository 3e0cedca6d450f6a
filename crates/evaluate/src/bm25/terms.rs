use rust_stemmers::{Algorithm, Stemmer};

/// Words that say nothing alone: Lucene's English ones.
const STOP_WORDS: [&str; 33] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no",
    "not", "of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to",
    "was", "will", "with",
];

/// What a text is made of: lower case words of two letters, digits or underscores and more, without stop words, cut to
/// their stems (Snowball, English).
pub(super) struct Terms {
    stemmer: Stemmer,
}

impl Terms {
    pub(super) fn new() -> Self {
        Self { stemmer: Stemmer::create(Algorithm::English) }
    }

    /// Calls `found` with each term of `text`, in order.
    pub(super) fn for_each(&self, text: &str, mut found: impl FnMut(&str)) {
        let lower = text.to_lowercase();
        for word in lower.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            if word.chars().nth(1).is_some() && STOP_WORDS.binary_search(&word).is_err() {
                found(&self.stemmer.stem(word));
            }
        }
    }
}
