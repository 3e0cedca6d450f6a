//! Words of a text, for tests of text: runs of letters and digits in lower case.

use crate::predicate::WordsMode;

/// A word, and whether it belongs directly behind the word before: scripts without blanks have a word for each character.
struct Word {
    text: String,
    is_joined: bool,
}

/// Returns whether a text has a word at all.
pub(crate) fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Returns whether a text has the words of another one. A run of characters without blanks has to occur as it is.
///
/// Cost: O(length of the text · length of the longest run looked for).
pub(crate) fn matches(mode: WordsMode, wanted: &str, text: &str) -> bool {
    let (wanted, text) = (words(wanted), words(text));
    if mode == WordsMode::Phrase {
        return has_run(&text, &wanted);
    }
    let mut runs = wanted.chunk_by(|_, word| word.is_joined);
    match mode {
        WordsMode::Any => runs.any(|run| has_run(&text, run)),
        WordsMode::All | WordsMode::Phrase => runs.all(|run| has_run(&text, run)),
    }
}

fn has_run(text: &[Word], run: &[Word]) -> bool {
    text.windows(run.len().max(1)).any(|window| window.iter().zip(run).all(|(a, b)| a.text == b.text))
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    // True where the character before was part of a word.
    let (mut goes_on, mut was_single) = (false, false);
    for c in text.chars() {
        if !c.is_alphanumeric() {
            match words.last_mut() {
                Some(word) if goes_on && is_mark(c) => word.text.push(c),
                _ => goes_on = false,
            }
            continue;
        }
        let is_single = has_no_blanks(c);
        match words.last_mut() {
            Some(word) if goes_on && !is_single && !was_single => word.text.extend(c.to_lowercase()),
            _ => {
                let is_joined = goes_on && is_single && was_single;
                words.push(Word { text: c.to_lowercase().collect(), is_joined });
            }
        }
        (goes_on, was_single) = (true, is_single);
    }
    words
}

/// Marks that belong to the letter before and are no letters themselves: accents, joiners of Indian scripts, Thai and Lao
/// tones.
fn is_mark(c: char) -> bool {
    let is_danda = matches!(c, '\u{964}' | '\u{965}' | '\u{970}');
    !is_danda && matches!(u32::from(c), 0x300..=0x36F | 0x900..=0xDFF | 0xE47..=0xE4E | 0xEC8..=0xECE)
}

/// Returns whether a script writes words without blanks: Thai, Lao, Myanmar, Khmer, Kana, Han.
fn has_no_blanks(c: char) -> bool {
    matches!(u32::from(c), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_mode() {
        let text = "The quick brown Fox, 12 foxes; CAFÉ 東京都の天気";
        for (mode, wanted, expected) in [
            (WordsMode::All, "fox QUICK", true),
            (WordsMode::All, "fox slow", false),
            (WordsMode::All, "fo", false),
            (WordsMode::All, "café", true),
            (WordsMode::Any, "slow 12", true),
            (WordsMode::Any, "slow 1", false),
            (WordsMode::Phrase, "brown fox 12", true),
            (WordsMode::Phrase, "quick fox", false),
            (WordsMode::All, "東京", true),
            (WordsMode::All, "京東", false),
            (WordsMode::All, "天気 東京", true),
            (WordsMode::Phrase, "天気 東京", false),
        ] {
            assert_eq!(matches(mode, wanted, text), expected, "{mode:?} {wanted}");
        }
    }
}
