//! Normalization of the characters of a text before pre-tokenization.

use super::byte_level;
use super::charsmap::Charsmap;
use super::pattern::Pattern;
use super::placed::{Placed, place, span, text_of};
use crate::word_piece::{BertRules, is_control, is_ideograph};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

/// A normal form of Unicode (UAX #15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// Most characters that normalization makes of a text of so many bytes, and of a short one at least.
///
/// No rules that anybody uses come near: one ligature becomes 18 characters, and a text is not made of them. Rules that
/// multiply step by step would make gigabytes of a line.
pub(super) fn max_normal_chars(num_bytes: usize) -> usize {
    num_bytes.saturating_mul(32).saturating_add(4096)
}

/// One step that changes characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Normalizer {
    Bert(BertRules),
    Form(Form),
    Lowercase,
    StripAccents,
    Strip { left: bool, right: bool },
    Prepend(Vec<char>),
    Replace { pattern: Pattern, content: Vec<char> },
    Charsmap(Charsmap),
    ByteLevel,
    Nmt,
}

impl Normalizer {
    /// The text after this step, each character with its place in the source. A step that makes several characters of
    /// one ends when there are `limit`.
    pub(super) fn apply(&self, text: Vec<Placed>, limit: usize) -> Vec<Placed> {
        match self {
            Self::Bert(rules) => bert(*rules, text, limit),
            Self::Form(form) => normal_form(*form, &text, limit),
            Self::Lowercase => lowercase(&text, limit),
            Self::StripAccents => without(text, |c| c.general_category_group() == GeneralCategoryGroup::Mark),
            Self::Strip { left, right } => strip(&text, *left, *right),
            Self::Prepend(added) => match text.first().copied() {
                Some(first) => added.iter().map(|&c| first.with(c)).chain(text).collect(),
                None => text,
            },
            Self::Replace { pattern, content } => replace(&text, pattern, content, limit),
            Self::Charsmap(map) => map.apply(&text, limit),
            Self::ByteLevel => byte_level::bytes_of(&text, limit),
            Self::Nmt => {
                without(text, is_noise).into_iter().map(|placed| placed.with(calm(placed.c))).collect()
            }
        }
    }
}

fn without(mut text: Vec<Placed>, is_left_out: impl Fn(char) -> bool) -> Vec<Placed> {
    text.retain(|placed| !is_left_out(placed.c));
    text
}

fn lowercase(text: &[Placed], limit: usize) -> Vec<Placed> {
    text.iter().flat_map(|placed| placed.c.to_lowercase().map(|c| placed.with(c))).take(limit).collect()
}

fn strip(text: &[Placed], left: bool, right: bool) -> Vec<Placed> {
    let is_blank = |placed: &&Placed| placed.c.is_whitespace();
    let begin = if left { text.iter().take_while(is_blank).count() } else { 0 };
    let num_behind = if right { text[begin..].iter().rev().take_while(is_blank).count() } else { 0 };
    text[begin..text.len() - num_behind].to_vec()
}

fn replace(text: &[Placed], pattern: &Pattern, content: &[char], limit: usize) -> Vec<Placed> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&first) = rest.first().filter(|_| out.len() < limit) {
        let Some(length) = pattern.find(rest) else {
            out.push(first);
            rest = &rest[1..];
            continue;
        };
        let (found, behind) = rest.split_at(length);
        let place = span(found).unwrap_or(first.begin..first.end);
        out.extend(content.iter().map(|&c| Placed { c, begin: place.start, end: place.end }));
        rest = behind;
    }
    out
}

/// Normal forms never look across a boundary between grapheme clusters, so that each of them keeps its place.
fn normal_form(form: Form, text: &[Placed], limit: usize) -> Vec<Placed> {
    let mut out = Vec::with_capacity(text.len());
    let written = text_of(text);
    let mut rest = text;
    for cluster in written.graphemes(true) {
        if out.len() >= limit {
            break;
        }
        let (own, behind) = rest.split_at(cluster.chars().count());
        rest = behind;
        if cluster.is_ascii() {
            out.extend_from_slice(own);
            continue;
        }
        let changed: Vec<char> = match form {
            Form::Nfc => cluster.nfc().collect(),
            Form::Nfd => cluster.nfd().collect(),
            Form::Nfkc => cluster.nfkc().collect(),
            Form::Nfkd => cluster.nfkd().collect(),
        };
        // What stays as it is keeps its own place: a space before marks that change their order.
        let num_same = changed.iter().zip(own).take_while(|(c, placed)| **c == placed.c).count();
        let (same, others) = own.split_at(num_same);
        out.extend_from_slice(same);
        if let Some(place) = span(others).or_else(|| span(own)) {
            out.extend(changed[num_same..].iter().map(|&c| Placed { c, begin: place.start, end: place.end }));
        }
    }
    out
}

fn bert(rules: BertRules, mut text: Vec<Placed>, limit: usize) -> Vec<Placed> {
    if rules.clean_text {
        text.retain(|placed| {
            placed.c != '\0' && (matches!(placed.c, '\t' | '\n' | '\r') || !is_control(placed.c))
        });
        text.iter_mut().filter(|placed| placed.c.is_whitespace()).for_each(|placed| placed.c = ' ');
    }
    if rules.handle_chinese_chars {
        let apart = |placed: Placed| match is_ideograph(placed.c) {
            true => vec![placed.with(' '), placed, placed.with(' ')],
            false => vec![placed],
        };
        text = text.into_iter().flat_map(apart).take(limit).collect();
    }
    if rules.strips_accents() {
        let is_accent = |c: char| c.general_category() == GeneralCategory::NonspacingMark;
        text = without(normal_form(Form::Nfd, &text, limit), is_accent);
    }
    if rules.lowercase { lowercase(&text, limit) } else { text }
}

/// Control characters that SentencePiece's `nmt` leaves out.
fn is_noise(c: char) -> bool {
    matches!(u32::from(c), 0x01..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f | 0x8f | 0x9f)
}

/// Characters that SentencePiece's `nmt` takes for a space.
fn calm(c: char) -> char {
    match u32::from(c) {
        0x09 | 0x0a | 0x0c | 0x0d | 0x1680 | 0x200b..=0x200f | 0x2028 | 0x2029 | 0x2581 | 0xfeff | 0xfffd => {
            ' '
        }
        _ => c,
    }
}

/// A short text as a text of a file is normalized, for tokens that are looked for behind this step.
pub(super) fn normalized(steps: &[Normalizer], text: &str) -> Vec<char> {
    let limit = max_normal_chars(text.len());
    let changed = steps.iter().fold(place(text), |text, step| step.apply(text, limit));
    changed.into_iter().map(|placed| placed.c).collect()
}
