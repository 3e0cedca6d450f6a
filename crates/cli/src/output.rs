//! Output of every command.

use crate::exit::Result;
use crate::screen::{Mark, Screen, alters};
use clap::ColorChoice;
pub(crate) use pleiad_text::{bytes, counted, thousands};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Words that answered a query.
pub(crate) const MATCH: Mark = Mark::MATCH;
/// Style of the most important part of a line.
pub(crate) const STRONG: Mark = Mark::STRONG;
/// Style of the least important part.
pub(crate) const FAINT: Mark = Mark::FAINT;

/// Settles whether styles reach the terminal. Everything is printed through streams that drop them otherwise: in a
/// pipe, with NO_COLOR, on a terminal that has none.
pub(crate) fn set_color(choice: ColorChoice) {
    match choice {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Standard output, locked. Nothing that is written to it can steer a terminal.
pub(crate) fn stdout() -> Screen<impl Write> {
    Screen::new(anstream::stdout().lock())
}

/// Prints a line on standard error, where nobody can be told that it failed.
pub(crate) fn stderr_line(line: &str) {
    drop(writeln!(Screen::new(anstream::stderr().lock()), "{line}"));
}

/// Prints a value as one line of JSON.
pub(crate) fn json_line(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Ascii))?;
    Ok(writeln!(out)?)
}

/// JSON that is compact, and escapes what no terminal should see: JSON itself lets C1 characters stand as they are.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(alters) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let character = rest[at..].chars().next().unwrap_or_default();
            // All of them are in the basic plane: one escape each.
            write!(writer, "\\u{:04x}", u32::from(character))?;
            rest = &rest[at + character.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

/// A warning: on standard error, never mixed into the output.
pub(crate) fn warn(message: &str) {
    stderr_line(&format!("{}warning:{:#} {message}", Mark::WARNING, Mark::WARNING));
}

/// A text from outside on one line: runs of blanks become one.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_without_steering() {
        let value = serde_json::json!({ "a\u{9b}b": ["\u{202e}x\u{1b}", "é\u{fdd0} 日本"] });
        let mut line = Vec::new();
        json_line(&mut line, &value).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert!(!line.contains(['\u{9b}', '\u{202e}', '\u{1b}', '\u{fdd0}']) && line.contains('é'), "{line}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), value);
    }
}
