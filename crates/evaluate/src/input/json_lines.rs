use super::integers::integer_beyond_64_bits;
use super::values::{Found, Values};
use super::{Lines, open_regular};
use crate::InputError;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

/// One record of a file of JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<T> {
    /// Number of the line in which it begins, from 1.
    pub number: u64,
    /// The record.
    pub value: T,
}

/// Records of type `T`, which are JSON objects: one a line (blank lines are skipped), the elements of an array, or one
/// object after the other over several lines.
///
/// The source may be plain, gzip or Zstandard. A source that begins with `[`, or with an object whose brace ends its
/// line, or whose name ends with `.json` (and what compression adds to it), need not keep to lines. Reads one record
/// at a time. After an error the next call goes on with the next record, unless the source itself failed or the
/// records cannot be told apart.
///
/// An integer that does not fit 64 bits is an error: as a float it would be another number.
pub struct JsonLines<T> {
    records: Layout,
    failed: bool,
    record: PhantomData<fn() -> T>,
}

enum Layout {
    Lines(Lines),
    Values(Values),
}

impl<T: DeserializeOwned> JsonLines<T> {
    /// Opens a file.
    ///
    /// # Errors
    /// As [`Lines::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, InputError> {
        let file = path.as_ref().display().to_string();
        match open_regular(path) {
            Ok(source) => Self::from_reader(file, source),
            Err(source) => Err(InputError::Open { file, source }),
        }
    }

    /// Reads any source, such as standard input; `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`Lines::open`].
    pub fn from_reader(
        name: impl Into<String>,
        source: impl Read + Send + 'static,
    ) -> Result<Self, InputError> {
        let mut lines = Lines::from_reader(name, source)?;
        let is_by_value = lines.begins_with_values()? || is_json(lines.name());
        let records = if is_by_value { Layout::Values(lines.into_values()) } else { Layout::Lines(lines) };
        Ok(Self { records, failed: false, record: PhantomData })
    }

    /// Returns the name of the source in messages.
    pub fn name(&self) -> &str {
        match &self.records {
            Layout::Lines(lines) => lines.name(),
            Layout::Values(values) => values.name(),
        }
    }
}

/// Returns whether a name is one of JSON that need not have an object a line.
fn is_json(name: &str) -> bool {
    let name = name.to_lowercase();
    let inner = [".gz", ".zst", ".zstd"].iter().find_map(|packed| name.strip_suffix(packed));
    inner.unwrap_or(&name).ends_with(".json")
}

impl<T: DeserializeOwned> Iterator for JsonLines<T> {
    type Item = Result<Line<T>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let (found, file) = match &mut self.records {
            Layout::Lines(lines) => {
                let file = lines.name().to_owned();
                let found = lines.next()?;
                (found.map(|(line, text)| Found { line, column: 1, bytes: text.as_bytes() }), file)
            }
            Layout::Values(values) => {
                let file = values.name().to_owned();
                (values.next().transpose()?, file)
            }
        };
        match found {
            Ok(found) => Some(parse(&found, &file)),
            Err(error) => {
                self.failed = !matches!(error, InputError::Utf8 { .. });
                Some(Err(error))
            }
        }
    }
}

/// Reads one record.
fn parse<T: DeserializeOwned>(found: &Found<'_>, file: &str) -> Result<Line<T>, InputError> {
    let wrong = |at: &[u8], reason| {
        let num_lines = at.iter().filter(|&&byte| byte == b'\n').count();
        let begin = at.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let column = at.len() - begin + if num_lines == 0 { found.column } else { 1 };
        InputError::Json { file: file.to_owned(), line: found.line + num_lines as u64, column, reason }
    };
    if let Some((at, number)) = integer_beyond_64_bits(found.bytes) {
        let shown: String = number.chars().take(40).collect();
        let reason = format!("the integer {shown} needs more than 64 bits: put it in quotes to keep it");
        return Err(wrong(&found.bytes[..at], reason));
    }
    match serde_json::from_slice(found.bytes) {
        Ok(value) => Ok(Line { number: found.line, value }),
        // What is cut off is named where it begins.
        Err(error) if error.is_eof() && error.line() > 1 => Err(wrong(&[], reason(&error))),
        Err(error) => {
            let first = if error.line() <= 1 { found.column.saturating_sub(1) } else { 0 };
            Err(InputError::Json {
                file: file.to_owned(),
                line: found.line + error.line().saturating_sub(1) as u64,
                column: error.column() + first,
                reason: reason(&error),
            })
        }
    }
}

/// The message without the place that `serde_json` appends: it counts lines within one record.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&place).unwrap_or(&message);
    if error.is_data() {
        message.to_owned()
    } else {
        format!("not JSON: {message} (one object a line, no NaN)")
    }
}
