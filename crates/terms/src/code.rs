use crate::words::{MAX_TERM_BYTES, runs};
use std::ops::Range;

/// Calls `visit` with the terms of source code: each identifier in lower case, the parts of one that has several, and
/// each path of identifiers joined by `.` or `::`. A part has its own position and an identifier that of its first part,
/// so that `parse header` is a phrase of `parse_http_header`'s words as well as a path's.
pub(crate) fn for_each(text: &str, mut visit: impl FnMut(&str, u32, Range<usize>)) {
    let (mut position, mut path) = (0, None::<(Range<usize>, u32, u32)>);
    let mut lower = String::new();
    let mut emit = |text: &str, position: u32, span: Range<usize>| {
        lower.clear();
        lower.extend(text.chars().flat_map(char::to_lowercase));
        if lower.len() <= MAX_TERM_BYTES {
            visit(&lower, position, span);
        }
    };
    for span in runs(text) {
        path = match path {
            Some((whole, first, num)) if joins(&text[whole.end..span.start]) => {
                Some((whole.start..span.end, first, num + 1))
            }
            ended => {
                emit_path(text, ended, &mut emit);
                Some((span.clone(), position, 1))
            }
        };
        let word = &text[span.clone()];
        emit(word, position, span.clone());
        let parts = parts(word);
        if parts.len() < 2 {
            position += 1;
            continue;
        }
        for part in parts {
            if part.len() > 1 {
                emit(&word[part], position, span.clone());
            }
            position += 1;
        }
    }
    emit_path(text, path, &mut emit);
}

fn emit_path(
    text: &str,
    path: Option<(Range<usize>, u32, u32)>,
    emit: &mut impl FnMut(&str, u32, Range<usize>),
) {
    if let Some((span, position, _)) = path.filter(|(_, _, num)| *num > 1) {
        emit(&text[span.clone()], position, span);
    }
}

fn joins(between: &str) -> bool {
    matches!(between, "." | "::")
}

/// Parts of an identifier: between underscores, where lower case or a digit meets upper case, before the last letter of
/// upper case that lower case follows, and between letters and digits.
fn parts(word: &str) -> Vec<Range<usize>> {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Upper,
        Lower,
        Digit,
        Underscore,
    }
    let kind = |c: char| match c {
        '_' => Kind::Underscore,
        c if c.is_numeric() => Kind::Digit,
        c if c.is_uppercase() => Kind::Upper,
        _ => Kind::Lower,
    };
    let chars: Vec<(usize, Kind)> = word.char_indices().map(|(at, c)| (at, kind(c))).collect();
    let (mut parts, mut begin) = (Vec::new(), 0);
    let mut end_part = |begin: usize, end: usize| {
        if begin < end {
            parts.push(begin..end);
        }
    };
    for (at, &(offset, here)) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map_or(here, |at| chars[at].1);
        let next = chars.get(at + 1).map(|&(_, kind)| kind);
        match (before, here) {
            (_, Kind::Underscore) => end_part(std::mem::replace(&mut begin, offset + 1), offset),
            (Kind::Upper, Kind::Upper) if next == Some(Kind::Lower) && at > 0 => {
                end_part(std::mem::replace(&mut begin, offset), offset);
            }
            (Kind::Upper, Kind::Lower) => {}
            (a, b) if a != b && a != Kind::Underscore => {
                end_part(std::mem::replace(&mut begin, offset), offset);
            }
            _ => {}
        }
    }
    end_part(begin, word.len());
    parts
}

/// Calls `visit` with the parts of a name in camelCase that are longer than a letter: `parseHTTPHeader` has three. A word
/// of one part has none.
pub fn for_each_part(word: &str, mut visit: impl FnMut(&str)) {
    let mut begin = 0;
    let bytes = word.as_bytes();
    for at in 1..bytes.len() {
        let (before, here) = (bytes[at - 1], bytes[at]);
        let begins_next = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let is_border = here.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase() && begins_next));
        if is_border {
            if at - begin > 1 {
                visit(&word[begin..at]);
            }
            begin = at;
        }
    }
    if begin > 0 && bytes.len() - begin > 1 {
        visit(&word[begin..]);
    }
}
