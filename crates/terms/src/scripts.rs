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
