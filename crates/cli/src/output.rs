//! What every command prints with.

use crate::exit::Result;
use anstyle::Style;
use clap::ColorChoice;
pub(crate) use pleiad_text::{bytes, counted, thousands};
use serde::Serialize;
use std::io::Write;

/// Words that answered a query.
pub(crate) const MATCH: Style = Style::new().bold().underline();
/// What matters most on a line.
pub(crate) const STRONG: Style = Style::new().bold();
/// What matters least.
pub(crate) const FAINT: Style = Style::new().dimmed();

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

/// Prints a value as one line of JSON.
pub(crate) fn json_line(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    Ok(writeln!(out)?)
}

/// A warning: on standard error, never mixed into the output.
pub(crate) fn warn(message: &str) {
    let style = anstyle::AnsiColor::Yellow.on_default().bold();
    anstream::eprintln!("{style}warning:{style:#} {message}");
}

/// A text from outside, safe to print on one line: runs of blanks become one, control characters are replaced.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().map(visible).collect()
}

/// A character that cannot steer a terminal.
pub(crate) fn visible(character: char) -> char {
    if character.is_control() { char::REPLACEMENT_CHARACTER } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        assert_eq!(one_line("a\tb\r\n\u{1b}[31m c\u{7}"), "a b \u{fffd}[31m c\u{fffd}");
    }
}
