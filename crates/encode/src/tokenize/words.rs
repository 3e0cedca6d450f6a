//! Words of a text that pieces are parts of.

use std::ops::Range;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Finds the words around pieces that come in the order of the text.
pub(super) struct Words<'a> {
    text: &'a str,
    last: Range<usize>,
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, last: 0..0 }
    }

    /// Letters, digits and marks next to each other are a word. A piece of anything else, or of a script that is
    /// written without spaces, stands for itself. White space around the piece does not count; a piece that is
    /// nothing else is no word: empty.
    ///
    /// Cost: each word is walked through once, however many pieces it has.
    pub(super) fn around(&mut self, span: Range<usize>) -> Range<usize> {
        let Some(own) = self.text.get(span.clone()) else { return span.start..span.start };
        let begin = span.end - own.trim_start().len();
        if begin >= span.end {
            return span.start..span.start;
        }
        let own = begin..span.start + own.trim_end().len();
        if self.last.start <= own.start && own.end <= self.last.end {
            return self.last.clone();
        }
        let first_joins = self.text[own.clone()].chars().next().is_some_and(joins);
        let last_joins = self.text[own.clone()].chars().next_back().is_some_and(joins);
        let (before, behind) = (&self.text[..own.start], &self.text[own.end..]);
        let begin = if first_joins { before.trim_end_matches(joins).len() } else { own.start };
        let end = if last_joins { self.text.len() - behind.trim_start_matches(joins).len() } else { own.end };
        // What stands around a mixed piece, `(x` of `(xyz)`, is no word to walk through again.
        if first_joins && last_joins {
            self.last = begin..end;
        }
        begin..end
    }
}

fn joins(c: char) -> bool {
    let is_part = c.is_alphanumeric() || c.general_category_group() == GeneralCategoryGroup::Mark;
    is_part && !is_unspaced(c)
}

/// Scripts whose words are not set apart: Han, kana, Thai, Lao, Myanmar, Khmer.
fn is_unspaced(c: char) -> bool {
    crate::word_piece::is_ideograph(c)
        || matches!(c,
            '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, piece: &str) -> String {
        let begin = text.find(piece).unwrap();
        let found = Words::new(text).around(begin..begin + piece.len());
        text[found].to_owned()
    }

    #[test]
    fn a_piece_belongs_to_a_word() {
        for (text, piece, expected) in [
            ("unbelievable!", "lie", "unbelievable"),
            ("a café's end", " ca", "café"),
            ("x cafe\u{301}s", "fe", "cafe\u{301}s"),
            ("what?", "?", "?"),
            ("(xyz)", "(x", "(xyz"),
            ("東京タワー", "京", "京"),
            ("a  b", "  ", ""),
            ("👍🏽 ok", "👍🏽", "👍🏽"),
        ] {
            assert_eq!(word(text, piece), expected, "{piece:?} of {text:?}");
        }
    }

    #[test]
    fn a_word_is_walked_through_once() {
        let text = "a".repeat(1 << 20);
        let mut words = Words::new(&text);
        for at in (0..text.len()).step_by(4) {
            assert_eq!(words.around(at..at + 4), 0..text.len());
        }
    }
}
