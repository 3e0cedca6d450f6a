use super::decompress::decompressed;
use super::open_regular;
use super::values::Values;
use crate::InputError;
use std::io::{BufRead, Read};
use std::path::Path;

/// Longest line that is read: a document of 8,000 token vectors of 128 values, written as JSON, takes some 10 MiB.
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// Lines of UTF-8 text from a plain, gzip or Zstandard source, with their numbers.
pub struct Lines {
    file: String,
    source: Box<dyn BufRead + Send>,
    number: u64,
    buffer: Vec<u8>,
    max_line_bytes: usize,
}

impl Lines {
    /// Opens a file, plain or compressed (told by its first bytes).
    ///
    /// # Errors
    /// [`InputError::Open`] when it is no regular file, cannot be read, is compressed in a way that is not read, or its
    /// compression is damaged at the very start.
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
        let file = name.into();
        match decompressed(source) {
            Ok(source) => {
                Ok(Self { file, source, number: 0, buffer: Vec::new(), max_line_bytes: MAX_LINE_BYTES })
            }
            Err(source) => Err(InputError::Open { file, source }),
        }
    }

    /// Returns the name of the source in messages.
    pub fn name(&self) -> &str {
        &self.file
    }

    /// The next line that is not blank, with its number (from 1) and without its end; `None` at the end of the source.
    ///
    /// # Errors
    /// When reading or decompressing fails, the line is longer than [`MAX_LINE_BYTES`] or is not UTF-8.
    #[expect(clippy::should_implement_trait, reason = "the line is borrowed, which Iterator cannot express")]
    pub fn next(&mut self) -> Option<Result<(u64, &str), InputError>> {
        loop {
            match self.read_line() {
                Err(error) => return Some(Err(error)),
                Ok(false) => return None,
                Ok(true) if self.buffer.trim_ascii().is_empty() => {}
                Ok(true) => break,
            }
        }
        let (file, line) = (&self.file, self.number);
        Some(match std::str::from_utf8(&self.buffer) {
            Ok(text) => Ok((line, text)),
            Err(error) => Err(InputError::Utf8 { file: file.clone(), line, column: error.valid_up_to() + 1 }),
        })
    }

    /// Returns whether the source begins with `[`, or with a `{` that ends its line: values that need not keep to
    /// lines. Blank lines before are passed over.
    pub(super) fn begins_with_values(&mut self) -> Result<bool, InputError> {
        loop {
            let file = &self.file;
            let read = |source| InputError::Read { file: file.clone(), line: self.number + 1, source };
            let start = self.source.fill_buf().map_err(read)?;
            match *start {
                [0xef, 0xbb, 0xbf, ..] if self.number == 0 => self.source.consume(3),
                [b' ' | b'\t' | b'\r', ..] => self.source.consume(1),
                [b'\n', ..] => {
                    self.source.consume(1);
                    self.number += 1;
                }
                [b'[', ..] | [b'{', b'\n', ..] | [b'{', b'\r', b'\n', ..] => return Ok(true),
                _ => return Ok(false),
            }
        }
    }

    /// Returns the rest of the source, as values.
    pub(super) fn into_values(self) -> Values {
        Values::new(self.file, self.source, self.number + 1)
    }

    fn read_line(&mut self) -> Result<bool, InputError> {
        self.buffer.clear();
        self.number += 1;
        let limit = self.max_line_bytes as u64 + 1;
        let read = self.source.by_ref().take(limit).read_until(b'\n', &mut self.buffer);
        if let Err(source) = read {
            return Err(InputError::Read { file: self.file.clone(), line: self.number, source });
        }
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            if self.buffer.last() == Some(&b'\r') {
                self.buffer.pop();
            }
        } else if self.buffer.len() > self.max_line_bytes {
            let limit_bytes = self.max_line_bytes;
            return Err(InputError::LineTooLong { file: self.file.clone(), line: self.number, limit_bytes });
        } else if self.buffer.is_empty() {
            return Ok(false);
        }
        if self.number == 1 && self.buffer.starts_with("\u{feff}".as_bytes()) {
            self.buffer.drain(..3);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
