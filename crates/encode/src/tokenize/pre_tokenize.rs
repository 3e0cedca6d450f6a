//! Pre-tokenization: the words of a text that a model cuts into pieces.

use super::byte_level;
use super::pattern::Pattern;
use super::placed::Placed;
use crate::word_piece::is_punctuation;
use serde::Deserialize;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Treatment of a separator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Behavior {
    Removed,
    #[default]
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// When a metaspace is put before a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PrependScheme {
    First,
    Never,
    Always,
}

/// One step that cuts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PreTokenizer {
    Bert,
    ByteLevel { adds_space: bool, uses_pattern: bool },
    Metaspace { replacement: char, prepend: PrependScheme, splits: bool },
    WhitespaceSplit,
    Whitespace,
    Punctuation(Behavior),
    Digits { individual: bool },
    Split { pattern: Pattern, behavior: Behavior },
}

impl PreTokenizer {
    /// The words of `text`, in order; none of them is empty.
    pub(super) fn apply(&self, text: Vec<Placed>) -> Vec<Vec<Placed>> {
        match self {
            Self::Bert => split(&text, Behavior::Removed, by(char::is_whitespace))
                .iter()
                .flat_map(|word| split(word, Behavior::Isolated, by(is_punctuation)))
                .collect(),
            Self::ByteLevel { adds_space, uses_pattern } => {
                byte_level::words(text, *adds_space, *uses_pattern)
            }
            Self::Metaspace { replacement, prepend, splits } => {
                metaspace(text, *replacement, *prepend, *splits)
            }
            Self::WhitespaceSplit => split(&text, Behavior::Removed, by(char::is_whitespace)),
            Self::Whitespace => words_and_symbols(&text),
            Self::Punctuation(behavior) => split(&text, *behavior, by(is_punctuation)),
            Self::Digits { individual } => {
                let behavior = if *individual { Behavior::Isolated } else { Behavior::Contiguous };
                split(&text, behavior, by(char::is_numeric))
            }
            Self::Split { pattern, behavior } => split(&text, *behavior, |rest| pattern.find(rest)),
        }
    }
}

/// Returns whether a character is one of words, as `\w` in a regular expression.
pub(super) fn is_word(c: char) -> bool {
    use GeneralCategory::{ConnectorPunctuation, DecimalNumber};
    c.is_alphabetic()
        || c.general_category_group() == GeneralCategoryGroup::Mark
        || matches!(c.general_category(), DecimalNumber | ConnectorPunctuation)
        || matches!(c, '\u{200c}' | '\u{200d}')
}

/// Finds single characters.
fn by(is_separator: impl Fn(char) -> bool) -> impl Fn(&[Placed]) -> Option<usize> {
    move |rest| rest.first().filter(|placed| is_separator(placed.c)).map(|_| 1)
}

/// Splits at what `find` finds at the beginning of the rest: a length above 0.
fn split(text: &[Placed], behavior: Behavior, find: impl Fn(&[Placed]) -> Option<usize>) -> Vec<Vec<Placed>> {
    let (mut ranges, mut done, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        match find(&text[at..]) {
            Some(length) => {
                if done < at {
                    ranges.push((done..at, false));
                }
                ranges.push((at..at + length, true));
                at += length;
                done = at;
            }
            None => at += 1,
        }
    }
    if done < text.len() {
        ranges.push((done..text.len(), false));
    }
    joined(ranges, behavior).into_iter().map(|range| text[range].to_vec()).collect()
}

type Ranges = Vec<(std::ops::Range<usize>, bool)>;

/// Joins texts and separators, which alternate or follow each other, as `behavior` says.
fn joined(ranges: Ranges, behavior: Behavior) -> Vec<std::ops::Range<usize>> {
    let mut out: Vec<std::ops::Range<usize>> = Vec::with_capacity(ranges.len());
    let mut was_separator = None;
    let is_reversed = behavior == Behavior::MergedWithNext;
    let ordered: Box<dyn Iterator<Item = _>> =
        if is_reversed { Box::new(ranges.into_iter().rev()) } else { Box::new(ranges.into_iter()) };
    for (range, is_separator) in ordered {
        let merges = match behavior {
            Behavior::Removed if is_separator => continue,
            Behavior::Removed | Behavior::Isolated => false,
            Behavior::Contiguous => was_separator == Some(is_separator),
            // Of several separators in a row only one is merged.
            Behavior::MergedWithPrevious | Behavior::MergedWithNext => {
                is_separator && was_separator != Some(true)
            }
        };
        was_separator = Some(is_separator);
        match out.last_mut().filter(|_| merges) {
            Some(last) if is_reversed => last.start = range.start,
            Some(last) => last.end = range.end,
            None => out.push(range),
        }
    }
    if is_reversed {
        out.reverse();
    }
    out
}

/// `\w+|[^\w\s]+`.
fn words_and_symbols(text: &[Placed]) -> Vec<Vec<Placed>> {
    let same =
        |a: &Placed, b: &Placed| a.c.is_whitespace() == b.c.is_whitespace() && is_word(a.c) == is_word(b.c);
    let runs = text.chunk_by(same);
    runs.filter(|run| !run[0].c.is_whitespace()).map(<[Placed]>::to_vec).collect()
}

/// SentencePiece's way with spaces (Kudo and Richardson, EMNLP 2018).
fn metaspace(
    mut text: Vec<Placed>,
    replacement: char,
    prepend: PrependScheme,
    splits: bool,
) -> Vec<Vec<Placed>> {
    text.iter_mut().filter(|placed| placed.c == ' ').for_each(|placed| placed.c = replacement);
    let Some(&first) = text.first() else { return Vec::new() };
    let is_prepended = match prepend {
        PrependScheme::Always => true,
        PrependScheme::First => first.begin == 0,
        PrependScheme::Never => false,
    };
    if is_prepended && first.c != replacement {
        text.insert(0, first.with(replacement));
    }
    if !splits {
        return vec![text];
    }
    split(&text, Behavior::MergedWithNext, by(|c| c == replacement))
}
