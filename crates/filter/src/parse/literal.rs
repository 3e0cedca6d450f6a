//! Literals: text, numbers, truth values, times.

use super::cursor::Cursor;
use crate::error::FilterError;
use crate::time;
use crate::value::Value;

type Result<T> = std::result::Result<T, FilterError>;

/// Place that a literal stands at, for errors that say what to write.
pub(super) struct Slot<'a> {
    /// The path.
    pub(super) path: &'a str,
    /// The word or sign before the value.
    pub(super) after: &'a str,
}

impl Slot<'_> {
    /// The comparison as it should be written.
    fn spelled(&self, value: &str) -> String {
        let quoted = crate::print::Quoted(value);
        match self.after {
            "," | "(" | "[" => quoted.to_string(),
            after => format!("{} {after} {quoted}", self.path),
        }
    }
}

/// Reads a literal that has to come.
pub(super) fn literal(cursor: &mut Cursor<'_>, slot: &Slot<'_>) -> Result<Value> {
    let rest = cursor.rest();
    match rest.bytes().next() {
        Some(b'"' | b'\'') => return string(cursor).map(Value::Text),
        Some(b'0'..=b'9' | b'-' | b'+' | b'.') => return number_or_time(cursor, slot),
        _ => {}
    }
    let column = cursor.column();
    let word = cursor.word();
    if word.is_empty() {
        let after = slot.after;
        let way_out = ": write text in quotes, such as tag = \"news\"";
        return Err(FilterError::at(column, format_args!("expected a value after \"{after}\""), way_out));
    }
    match word.to_ascii_lowercase().as_str() {
        "true" | "false" => {
            cursor.advance(word.len());
            Ok(Value::Bool(word.eq_ignore_ascii_case("true")))
        }
        "null" => {
            let path = slot.path;
            let way_out =
                format!(": write {path} IS NULL (stored as null) or {path} IS EMPTY (null, missing or [])");
            Err(FilterError::at(column, "null is not compared", way_out))
        }
        _ => Err(not_quoted(cursor, slot)),
    }
}

fn not_quoted(cursor: &mut Cursor<'_>, slot: &Slot<'_>) -> FilterError {
    const SHOWN: usize = 40;
    let (column, chunk) = (cursor.column(), cursor.chunk());
    let shown = &chunk[..chunk.floor_char_boundary(SHOWN)];
    let dots = if shown.len() < chunk.len() { "…" } else { "" };
    let spelled = slot.spelled(&format!("{shown}{dots}"));
    FilterError::at(column, format_args!("{shown}{dots} is not quoted"), format_args!(": write {spelled}"))
}

fn number_or_time(cursor: &mut Cursor<'_>, slot: &Slot<'_>) -> Result<Value> {
    let (column, rest) = (cursor.column(), cursor.rest());
    if time::looks_like_date(rest) {
        let chunk = cursor.chunk();
        return match time::prefix(rest) {
            // A clock may stand behind a blank, where the chunk has ended.
            Some((at, length)) if length >= chunk.len() && ends(&rest[length..]) => {
                cursor.advance(length);
                Ok(Value::Time(at))
            }
            _ => Err(FilterError::at(
                column,
                format_args!("{} is no time", cursor.found().trim_matches('"')),
                ": times are written such as 2024-01-31 or 2024-01-31T10:00:00Z",
            )),
        };
    }
    let (value, length) = number(rest).ok_or_else(|| not_quoted(cursor, slot))?;
    if !ends(&rest[length..]) {
        return Err(not_quoted(cursor, slot));
    }
    if matches!(value, Value::Float(float) if !float.is_finite()) {
        return Err(FilterError::at(
            column,
            format_args!("{} is too large", cursor.found()),
            " for a number",
        ));
    }
    cursor.advance(length);
    Ok(value)
}

/// Returns whether a number or a time may end before this.
fn ends(rest: &str) -> bool {
    rest.chars().next().is_none_or(|c| c.is_whitespace() || ",()[]=<>!".contains(c))
}

/// The number that a text begins with, and its length: digits, a fraction, an exponent.
pub(super) fn number(text: &str) -> Option<(Value, usize)> {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes[from.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let whole = digits(at);
    at += whole;
    let mut is_whole = true;
    if bytes.get(at) == Some(&b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
        is_whole = false;
    } else if whole == 0 {
        return None;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
            is_whole = false;
        }
    }
    let written = &text[..at];
    let integer = if is_whole { written.parse().map(Value::Integer).ok() } else { None };
    // Whole numbers beyond 64 bits are floats, as in attributes.
    integer.or_else(|| written.parse().map(Value::Float).ok()).map(|value| (value, at))
}

/// Reads quoted text that has to come.
pub(super) fn string(cursor: &mut Cursor<'_>) -> Result<String> {
    let (column, rest) = (cursor.column(), cursor.rest());
    let Some(quote @ ('"' | '\'')) = rest.chars().next() else {
        return Err(cursor.expected("text in quotes"));
    };
    let mut text = String::new();
    let mut at = 1;
    while let Some(c) = rest[at..].chars().next() {
        if c == quote {
            cursor.advance(at + 1);
            return Ok(text);
        }
        if c == '\\' {
            let (escaped, length) = escape(&rest[at..]).ok_or_else(|| {
                let shown: String = rest[at..].chars().take(2).collect();
                let way_out = r#": escapes are \" \' \\ \n \t \r and \u with four digits"#;
                FilterError::at(column + at, format_args!("unknown escape {shown}"), way_out)
            })?;
            text.push(escaped);
            at += length;
        } else {
            text.push(c);
            at += c.len_utf8();
        }
    }
    Err(FilterError::at(column, format_args!("unclosed {quote}"), ""))
}

/// The character that an escape stands for, and the length of the escape.
fn escape(text: &str) -> Option<(char, usize)> {
    let plain = |c| Some((c, 2));
    match text.as_bytes().get(1)? {
        b'"' => plain('"'),
        b'\'' => plain('\''),
        b'\\' => plain('\\'),
        b'/' => plain('/'),
        b'n' => plain('\n'),
        b't' => plain('\t'),
        b'r' => plain('\r'),
        b'u' => {
            let unit = |at: usize| {
                let digits =
                    text.get(at..at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
                u16::from_str_radix(digits, 16).ok()
            };
            let first = unit(2)?;
            if let Some(c) = char::from_u32(u32::from(first)) {
                return Some((c, 6));
            }
            let second = text.get(6..8).filter(|&u| u == "\\u").and_then(|_| unit(8))?;
            let mut decoded = char::decode_utf16([first, second]);
            decoded.next()?.ok().map(|c| (c, 12))
        }
        _ => None,
    }
}
