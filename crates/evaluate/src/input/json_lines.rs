use super::Lines;
use crate::InputError;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

/// One record of a file of JSON lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<T> {
    /// Number of its line, from 1.
    pub number: u64,
    /// The record.
    pub value: T,
}

/// Records of type `T`, one JSON value a line; blank lines are skipped.
///
/// The source may be plain, gzip or Zstandard. Reads one line at a time. After an error the next call goes on with
/// the next line, unless the source itself failed.
pub struct JsonLines<T> {
    lines: Lines,
    failed: bool,
    record: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> JsonLines<T> {
    /// Opens a file.
    ///
    /// # Errors
    /// As [`Lines::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, InputError> {
        Lines::open(path).map(Self::from_lines)
    }

    /// Reads any source, such as standard input; `name` stands for it in messages.
    ///
    /// # Errors
    /// As [`Lines::open`].
    pub fn from_reader(
        name: impl Into<String>,
        source: impl Read + Send + 'static,
    ) -> Result<Self, InputError> {
        Lines::from_reader(name, source).map(Self::from_lines)
    }

    fn from_lines(lines: Lines) -> Self {
        Self { lines, failed: false, record: PhantomData }
    }

    /// What messages call the source.
    pub fn name(&self) -> &str {
        self.lines.name()
    }
}

impl<T: DeserializeOwned> Iterator for JsonLines<T> {
    type Item = Result<Line<T>, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let (number, parsed) = match self.lines.next()? {
            Ok((number, text)) => (number, serde_json::from_str(text)),
            Err(error) => {
                self.failed = !matches!(error, InputError::Utf8 { .. });
                return Some(Err(error));
            }
        };
        Some(match parsed {
            Ok(value) => Ok(Line { number, value }),
            Err(error) => Err(InputError::Json {
                file: self.name().to_owned(),
                line: number,
                column: error.column(),
                reason: reason(&error),
            }),
        })
    }
}

/// The message without the place that `serde_json` appends: it counts lines within one line.
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
