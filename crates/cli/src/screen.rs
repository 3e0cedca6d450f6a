//! The one place that everything printed for people goes through.
//!
//! Texts, names and messages from outside may hold characters that steer a terminal or turn around what it shows. A
//! [`Screen`] replaces them, whoever wrote them. Styles of our own are written as [`Mark`]s, which only a screen turns
//! into escape sequences: so no escape sequence of anybody else is ever let through.

use anstyle::{AnsiColor, Style};
use std::fmt;
use std::io::{self, Write};
use std::mem;

/// A style: `{mark}` begins it, `{mark:#}` ends it. Until a [`Screen`] sees it, it is a character that no text needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(char);

impl Mark {
    pub(crate) const MATCH: Self = Self('\u{fdd0}');
    pub(crate) const STRONG: Self = Self('\u{fdd1}');
    pub(crate) const FAINT: Self = Self('\u{fdd2}');
    pub(crate) const ERROR: Self = Self('\u{fdd3}');
    pub(crate) const WARNING: Self = Self('\u{fdd4}');
    /// Ends any of them.
    const END: char = '\u{fdd5}';

    fn style(character: char) -> Option<Style> {
        Some(match Self(character) {
            Self::MATCH => Style::new().bold().underline(),
            Self::STRONG => Style::new().bold(),
            Self::FAINT => Style::new().dimmed(),
            Self::ERROR => AnsiColor::Red.on_default().bold(),
            Self::WARNING => AnsiColor::Yellow.on_default().bold(),
            _ => return None,
        })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        f.write_char(if f.alternate() { Self::END } else { self.0 })
    }
}

/// Returns whether a character steers a terminal, or reverses the order of displayed text.
fn steers(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    }
}

/// Returns whether a screen shows something else in place of a character.
pub(crate) fn alters(character: char) -> bool {
    steers(character) || character == Mark::END || Mark::style(character).is_some()
}

/// A text as a screen may show it: [`Mark`]s become styles, and what steers becomes `U+FFFD`.
pub(crate) fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            Mark::END => shown += "\u{1b}[0m",
            _ if steers(character) => shown.push(char::REPLACEMENT_CHARACTER),
            _ => match Mark::style(character) {
                Some(style) => shown += &style.render().to_string(),
                None => shown.push(character),
            },
        }
    }
    shown
}

/// A stream to people: what is written to it is [cleaned](clean) first.
pub(crate) struct Screen<W> {
    inner: W,
    /// The beginning of a character whose end is still to come.
    begun: Vec<u8>,
}

impl<W> Screen<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, begun: Vec::new() }
    }
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        let given = mem::take(&mut self.begun);
        let (mut shown, mut rest) = (String::new(), &given[..]);
        while !rest.is_empty() {
            let (whole, behind) = match str::from_utf8(rest) {
                Ok(text) => (text.len(), None),
                Err(error) => (error.valid_up_to(), Some(error.error_len())),
            };
            shown += &clean(&String::from_utf8_lossy(&rest[..whole]));
            rest = match behind {
                None => &[],
                Some(None) => {
                    self.begun = rest[whole..].to_vec();
                    &[]
                }
                Some(Some(num_wrong)) => {
                    shown.push(char::REPLACEMENT_CHARACTER);
                    &rest[whole + num_wrong..]
                }
            };
        }
        self.inner.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character that must never reach a terminal, in a text that goes through whole.
    const HOSTILE: &str =
        "a\u{1b}[31mb\u{7}\u{9b}2J\u{90}q\u{9c}\u{7f}\r\u{202e}c\u{2066}d\u{2028}é日\u{200d}\t.\n";

    #[test]
    fn nothing_from_outside_steers() {
        let shown = clean(HOSTILE);
        assert!(!shown.chars().any(steers), "{shown:?}");
        assert!(shown.starts_with("a\u{fffd}[31mb") && shown.ends_with("é日\u{200d}\t.\n"), "{shown:?}");
    }

    #[test]
    fn bytes_in_any_pieces_show_the_same() {
        let bytes = [HOSTILE.as_bytes(), b"\xff\xe6x", "日".as_bytes()].concat();
        let whole = {
            let mut screen = Screen::new(Vec::new());
            screen.write_all(&bytes).unwrap();
            screen.inner
        };
        assert!(String::from_utf8(whole.clone()).unwrap().ends_with("\u{fffd}\u{fffd}x日"));
        for size in 1..8 {
            let mut screen = Screen::new(Vec::new());
            bytes.chunks(size).for_each(|piece| screen.write_all(piece).unwrap());
            assert_eq!(screen.inner, whole, "{size}");
        }
    }

    #[test]
    fn marks_become_styles() {
        let text = format!("{}error:{:#} x", Mark::ERROR, Mark::ERROR);
        assert_eq!(anstream::adapter::strip_str(&clean(&text)).to_string(), "error: x");
        assert!(clean(&text).starts_with("\u{1b}["));
    }
}
