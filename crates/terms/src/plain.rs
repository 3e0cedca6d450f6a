use std::ops::Range;

/// Calls `visit` with each word of two letters, digits or underscores and more of the text in lower case, its number
/// among all words, and its bytes in the text in lower case, which may be others than those of the text.
pub(crate) fn for_each(text: &str, mut visit: impl FnMut(&str, u32, Range<usize>)) {
    let lower = text.to_lowercase();
    let (mut position, mut start) = (0, 0);
    for word in lower.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        if word.chars().nth(1).is_some() {
            visit(word, position, start..start + word.len());
        }
        position += u32::from(!word.is_empty());
        // The next word begins behind the character that ended this one.
        let end = start + word.len();
        start = end + lower[end..].chars().next().map_or(0, char::len_utf8);
    }
}
