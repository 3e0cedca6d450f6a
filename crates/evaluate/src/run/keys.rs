//! Keys in a format whose columns are separated by white space.
//!
//! White space becomes `\\x` and two hexadecimal digits. A backslash is doubled where what follows would make it the
//! beginning of such an escape, or of a doubled one: before white space, `x` and another backslash. Every other key is
//! written as it is, so files of usual keys are what other programs expect.

use std::borrow::Cow;

/// A key as it is written.
pub(super) fn escape(key: &str) -> Cow<'_, str> {
    if !key.contains([' ', '\t', '\n', '\r', '\x0c', '\x0b', '\\']) {
        return Cow::Borrowed(key);
    }
    let mut escaped = String::with_capacity(key.len() + 8);
    let mut rest = key.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            _ if is_blank(character) => escaped.push_str(&format!("\\x{:02x}", character as u32)),
            '\\' if rest.peek().is_some_and(|&next| is_blank(next) || next == 'x' || next == '\\') => {
                escaped.push_str("\\\\");
            }
            _ => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

/// The key that was written so.
pub(super) fn unescape(written: &str) -> String {
    let mut key = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('\\') {
        key.push_str(before);
        let code = after.strip_prefix('x').and_then(|digits| digits.get(..2));
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from) {
            Some(blank) if is_blank(blank) => {
                key.push(blank);
                rest = &after[3..];
            }
            _ => {
                key.push('\\');
                rest = after.strip_prefix('\\').unwrap_or(after);
            }
        }
    }
    key.push_str(rest);
    key
}

/// Returns whether a character separates columns.
fn is_blank(character: char) -> bool {
    character.is_ascii_whitespace() || character == '\x0b'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_keys_stay_as_they_are() {
        for (key, written) in [
            ("doc-1", "doc-1"),
            ("a%20b", "a%20b"),
            ("C:\\notes\\a.txt", "C:\\notes\\a.txt"),
            ("two words", "two\\x20words"),
            ("\\x20", "\\\\x20"),
            ("\\ ", "\\\\\\x20"),
            ("東京\u{3000}x", "東京\u{3000}x"),
        ] {
            assert_eq!(escape(key), written);
            assert_eq!(unescape(written), key);
        }
    }

    proptest! {
        #[test]
        fn escapes_are_undone(key in "[\\\\x20a \t\n\r\x0b\u{e9}]{0,12}") {
            let written = escape(&key);
            prop_assert!(!written.contains(is_blank));
            prop_assert_eq!(unescape(&written), key);
        }
    }
}
