//! BERT's basic tokenizer: clean, lower-case, strip accents, split at white space, punctuation and ideographs.

use serde::Deserialize;
use std::ops::Range;
use unicode_normalization::char::decompose_canonical;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Rules of a `BertNormalizer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BertRules {
    /// Control characters vanish.
    #[serde(default)]
    pub(crate) clean_text: bool,
    /// Ideographs are words of their own.
    #[serde(default)]
    pub(crate) handle_chinese_chars: bool,
    /// Accents vanish; left open, they do where letters become small.
    strip_accents: Option<bool>,
    #[serde(default)]
    pub(crate) lowercase: bool,
}

impl BertRules {
    /// Those of uncased BERT.
    pub(crate) const UNCASED: Self =
        Self { clean_text: true, handle_chinese_chars: true, strip_accents: None, lowercase: true };

    pub(crate) fn strips_accents(&self) -> bool {
        self.strip_accents.unwrap_or(self.lowercase)
    }
}

/// A word under construction and the bytes of the source it came from.
struct Words<F> {
    rules: BertRules,
    word: String,
    span: Range<usize>,
    visit: F,
}

impl<F: FnMut(&str, Range<usize>)> Words<F> {
    fn push(&mut self, c: char, source: &Range<usize>) {
        if self.word.is_empty() {
            self.span = source.clone();
        }
        self.span.end = source.end;
        self.word.push(c);
    }

    fn finish(&mut self) {
        if !self.word.is_empty() {
            (self.visit)(&self.word, self.span.clone());
            self.word.clear();
        }
    }

    fn alone(&mut self, c: char, source: &Range<usize>) {
        self.finish();
        self.push(c, source);
        self.finish();
    }

    fn ascii(&mut self, byte: u8, source: &Range<usize>) {
        match byte {
            b'\t' | b'\n' | b'\r' | b' ' => self.finish(),
            _ if byte.is_ascii_control() && self.rules.clean_text => {}
            b'\x0b' | b'\x0c' => self.finish(),
            _ if byte.is_ascii_punctuation() => self.alone(char::from(byte), source),
            _ if self.rules.lowercase => self.push(char::from(byte.to_ascii_lowercase()), source),
            _ => self.push(char::from(byte), source),
        }
    }

    fn unicode(&mut self, c: char, source: &Range<usize>) {
        // The order matters: U+0085 is both a control character, which vanishes, and white space, which splits.
        if self.rules.clean_text && is_control(c) {
            return;
        }
        if c.is_whitespace() {
            return self.finish();
        }
        let ideograph = self.rules.handle_chinese_chars && is_ideograph(c);
        if ideograph {
            self.finish();
        }
        // The Python package also sorts combining marks into canonical order. Those that it keeps (spacing marks)
        // never meet in an order that matters to a vocabulary of Latin pieces, so the characters can stream.
        if self.rules.strips_accents() {
            decompose_canonical(c, |part| self.part(part, source));
        } else {
            self.letter(c, source);
        }
        if ideograph {
            self.finish();
        }
    }

    fn part(&mut self, part: char, source: &Range<usize>) {
        if part.general_category() == GeneralCategory::NonspacingMark {
            // An accent written after its letter still belongs to the word.
            if !self.word.is_empty() {
                self.span.end = source.end;
            }
            return;
        }
        self.letter(part, source);
    }

    fn letter(&mut self, c: char, source: &Range<usize>) {
        if !self.rules.lowercase {
            return self.kept(c, source);
        }
        c.to_lowercase().for_each(|lower| self.kept(lower, source));
    }

    fn kept(&mut self, c: char, source: &Range<usize>) {
        if is_punctuation(c) { self.alone(c, source) } else { self.push(c, source) }
    }
}

/// Calls `visit` with each normalized word and the bytes of `text` that it came from, in order.
pub(super) fn for_each_word(rules: BertRules, text: &str, visit: impl FnMut(&str, Range<usize>)) {
    let mut words = Words { rules, word: String::new(), span: 0..0, visit };
    for (begin, c) in text.char_indices() {
        let source = begin..begin + c.len_utf8();
        if c.is_ascii() { words.ascii(c as u8, &source) } else { words.unicode(c, &source) }
    }
    words.finish();
}

pub(crate) fn is_control(c: char) -> bool {
    use GeneralCategory::{Control, Format, PrivateUse};
    c == char::REPLACEMENT_CHARACTER || matches!(c.general_category(), Control | Format | PrivateUse)
}

pub(crate) fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || c.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// CJK ideographs stand alone: they are written without spaces.
pub(crate) fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2A6DF}' | '\u{2A700}'..='\u{2B73F}' | '\u{2B740}'..='\u{2B81F}'
        | '\u{2B920}'..='\u{2CEAF}' | '\u{2F800}'..='\u{2FA1F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, &str)> {
        let mut words = Vec::new();
        for_each_word(BertRules::UNCASED, text, |word, span| words.push((word.to_owned(), &text[span])));
        words
    }

    #[test]
    fn words_remember_how_they_were_written() {
        let pairs = [("cafe", "Café"), ("au", "au"), ("lait", "lait"), ("!", "!")];
        assert_eq!(words("Café au\tlait!"), pairs.map(|(word, source)| (word.to_owned(), source)));
        assert_eq!(words("Cafe\u{301} x"), [("cafe".into(), "Cafe\u{301}"), ("x".into(), "x")]);
    }

    #[test]
    fn ideographs_and_punctuation_stand_alone() {
        let only: Vec<String> = words("東京tower。ab—c").into_iter().map(|(word, _)| word).collect();
        assert_eq!(only, ["東", "京", "tower", "。", "ab", "—", "c"]);
    }

    #[test]
    fn control_characters_vanish_without_splitting() {
        assert_eq!(
            words("a\u{0}b\u{200b}c\u{85}d\u{b}e"),
            [("abcde".into(), "a\u{0}b\u{200b}c\u{85}d\u{b}e")]
        );
        assert!(words(" \u{3000}\u{301}\u{0}\n").is_empty());
    }
}
