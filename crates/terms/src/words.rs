use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

/// Longest term in bytes. Longer runs are data, such as base64, that nobody types: they take a position and give no term.
pub(crate) const MAX_TERM_BYTES: usize = 255;

/// Marks that words lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folding {
    /// None.
    None,
    /// Those on Latin letters: é becomes e, й stays.
    Latin,
}

/// Calls `visit` with each word of a text, its number among all words, and its bytes in the text.
///
/// A word is a run of letters, digits, underscores and marks, in compatibility form (NFKC) and lower case. A run of a
/// script without blanks gives its pairs of neighboring characters instead, or its only character.
pub(crate) fn for_each(text: &str, folding: Folding, mut visit: impl FnMut(&str, u32, Range<usize>)) {
    let (mut position, mut buffer) = (0, String::new());
    for span in runs(text) {
        let run = &text[span.clone()];
        buffer.clear();
        if run.is_ascii() {
            buffer.push_str(run);
            buffer.make_ascii_lowercase();
            visit_word(&buffer, &mut position, &span, &mut visit);
            continue;
        }
        normalize(run, folding, &mut buffer);
        // Compatibility forms may hold blanks and signs: ½ is 1⁄2.
        for piece in runs(&buffer) {
            for_each_script(&buffer[piece], |word, is_unspaced| {
                if is_unspaced {
                    for_each_bigram(word, |word| visit_word(word, &mut position, &span, &mut visit));
                } else {
                    visit_word(word, &mut position, &span, &mut visit);
                }
            });
        }
    }
}

fn visit_word(
    word: &str,
    position: &mut u32,
    span: &Range<usize>,
    visit: &mut impl FnMut(&str, u32, Range<usize>),
) {
    if word.len() <= MAX_TERM_BYTES {
        visit(word, *position, span.clone());
    }
    *position = position.saturating_add(1);
}

/// Runs of characters that words are made of. A mark that follows none of them begins no run.
pub(crate) fn runs(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_base = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(is_base)?;
        let is_end = |c: char| !(is_base(c) || is_mark(c));
        rest = text[start..].find(is_end).map_or(text.len(), |length| start + length);
        Some(start..rest)
    })
}

/// Returns whether a character belongs to the one before it. Marks without a combining class, such as vowels of Thai, are
/// letters of scripts without blanks here.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && (canonical_combining_class(c) != 0 || has_no_blanks(c))
}

fn normalize(run: &str, folding: Folding, out: &mut String) {
    for c in run.nfkc().flat_map(char::to_lowercase) {
        match folding {
            Folding::Latin if !c.is_ascii() => fold(c, out),
            _ => out.push(c),
        }
    }
}

/// Adds a character, a Latin letter without its marks.
fn fold(c: char, out: &mut String) {
    let is_after_latin = out.chars().next_back().is_some_and(|before| before.is_ascii_alphabetic());
    if canonical_combining_class(c) != 0 && is_after_latin {
        return;
    }
    let mut base = None;
    decompose_canonical(c, |part| {
        base.get_or_insert(part);
    });
    out.push(base.filter(char::is_ascii_alphabetic).unwrap_or(c));
}

/// Calls `visit` with the stretches of a run that are, or are not, of scripts without blanks.
fn for_each_script(run: &str, mut visit: impl FnMut(&str, bool)) {
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let is_unspaced = has_no_blanks(first);
        let end = rest.find(|c| has_no_blanks(c) != is_unspaced).unwrap_or(rest.len());
        visit(&rest[..end], is_unspaced);
        rest = &rest[end..];
    }
}

fn for_each_bigram(run: &str, mut visit: impl FnMut(&str)) {
    let ends = || run.char_indices().map(|(at, c)| at + c.len_utf8());
    let starts = run.char_indices().map(|(at, _)| at);
    let mut is_alone = true;
    for (start, end) in starts.zip(ends().skip(1)) {
        visit(&run[start..end]);
        is_alone = false;
    }
    if is_alone {
        visit(run);
    }
}

/// First and last characters of scripts that put no blanks between words, in order: Thai, Lao, Myanmar, Hangul Jamo,
/// Khmer, Han radicals and marks of iteration, Hiragana, Katakana and their extensions, Hangul, Han and its extensions.
const WITHOUT_BLANKS: [(char, char); 16] = [
    ('\u{0e00}', '\u{0eff}'),
    ('\u{1000}', '\u{109f}'),
    ('\u{1100}', '\u{11ff}'),
    ('\u{1780}', '\u{17ff}'),
    ('\u{2e80}', '\u{2fdf}'),
    ('\u{3005}', '\u{3007}'),
    ('\u{3021}', '\u{3029}'),
    ('\u{3040}', '\u{30ff}'),
    ('\u{3130}', '\u{318f}'),
    ('\u{31f0}', '\u{31ff}'),
    ('\u{3400}', '\u{4dbf}'),
    ('\u{4e00}', '\u{9fff}'),
    ('\u{a960}', '\u{a97f}'),
    ('\u{ac00}', '\u{d7ff}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{20000}', '\u{3fffd}'),
];

/// Returns whether a character is of a script without blanks between words. Hangul counts as one: its words carry
/// particles, so that bigrams find what whole words would not.
pub(crate) fn has_no_blanks(c: char) -> bool {
    c >= WITHOUT_BLANKS[0].0 && {
        let at = WITHOUT_BLANKS.partition_point(|&(_, last)| last < c);
        WITHOUT_BLANKS.get(at).is_some_and(|&(first, _)| first <= c)
    }
}
