//! GPT-2's way to words of bytes (Radford et al. 2019, §2.2): every byte has a printable character.

use super::placed::Placed;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// The character that stands for a byte: itself where it can be seen, else the next one from U+0100 on.
pub(super) fn char_of(byte: u8) -> char {
    let shift: u32 = match byte {
        b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => return char::from(byte),
        0..=0x20 => 0x100,
        0x7f..=0xa0 => 0x100 + 0x21 - 0x7f,
        0xad => 0x100 + 0x43 - 0xad,
    };
    char::from_u32(u32::from(byte) + shift).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Each character as the characters of its bytes; no more of them once there are `limit`.
pub(super) fn bytes_of(text: &[Placed], limit: usize) -> Vec<Placed> {
    let mut buffer = [0; 4];
    let mut out = Vec::with_capacity(text.len());
    for placed in text {
        if out.len() >= limit {
            break;
        }
        out.extend(placed.c.encode_utf8(&mut buffer).bytes().map(|byte| placed.with(char_of(byte))));
    }
    out
}

/// The words of a text, as characters of bytes.
pub(super) fn words(mut text: Vec<Placed>, adds_space: bool, uses_pattern: bool) -> Vec<Vec<Placed>> {
    let Some(&first) = text.first() else { return Vec::new() };
    if adds_space && first.c != ' ' {
        // It stands for nothing in the text.
        text.insert(0, Placed { c: ' ', begin: first.begin, end: first.begin });
    }
    if !uses_pattern {
        return vec![bytes_of(&text, usize::MAX)];
    }
    let (mut words, mut rest) = (Vec::new(), text.as_slice());
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(next(rest));
        words.push(bytes_of(word, usize::MAX));
        rest = behind;
    }
    words
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Number,
    Blank,
    Other,
}

fn kind(c: char) -> Kind {
    match c.general_category_group() {
        _ if c.is_whitespace() => Kind::Blank,
        GeneralCategoryGroup::Letter => Kind::Letter,
        GeneralCategoryGroup::Number => Kind::Number,
        _ => Kind::Other,
    }
}

/// Returns the number of characters of the next word, by
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
fn next(text: &[Placed]) -> usize {
    let run =
        |from: usize, wanted: Kind| text[from..].iter().take_while(|placed| kind(placed.c) == wanted).count();
    if let Some(length) = suffix(text) {
        return length;
    }
    let num_spaces = usize::from(text[0].c == ' ');
    match text.get(num_spaces).map(|placed| kind(placed.c)) {
        Some(kind @ (Kind::Letter | Kind::Number | Kind::Other)) => num_spaces + run(num_spaces, kind),
        _ => {
            let num_blanks = run(0, Kind::Blank);
            // The last blank before a word belongs to that, or stands alone.
            if num_blanks == text.len() { num_blanks } else { (num_blanks - 1).max(1) }
        }
    }
}

/// A shortened verb or a genitive.
fn suffix(text: &[Placed]) -> Option<usize> {
    let at = |index: usize| text.get(index).map(|placed| placed.c);
    if at(0) != Some('\'') {
        return None;
    }
    match (at(1)?, at(2)) {
        ('s' | 't' | 'm' | 'd', _) => Some(2),
        ('r' | 'v', Some('e')) | ('l', Some('l')) => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::placed::{place, text_of};
    use super::*;

    #[test]
    fn every_byte_has_a_character_of_its_own() {
        let all: std::collections::BTreeSet<char> = (0..=255).map(char_of).collect();
        assert_eq!(all.len(), 256);
        assert!(all.iter().all(|c| !c.is_whitespace() && !c.is_control()));
        assert_eq!([b' ', b'\n', 0x7f, 0xad].map(char_of), ['Ġ', 'Ċ', 'ġ', 'Ń']);
    }

    #[test]
    fn words_are_cut_as_the_expression_says() {
        let cut = |text: &str| -> Vec<String> {
            words(place(text), false, true).iter().map(|word| text_of(word)).collect()
        };
        assert_eq!(
            cut("I'll say  it's 12x!? "),
            ["I", "'ll", "Ġsay", "Ġ", "Ġit", "'s", "Ġ12", "x", "!?", "Ġ"]
        );
        assert_eq!(cut("a\n\n b\t\tc\n"), ["a", "ĊĊ", "Ġb", "ĉ", "ĉ", "c", "Ċ"]);
    }
}
