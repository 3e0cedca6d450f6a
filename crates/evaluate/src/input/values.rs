use crate::{InputError, MAX_LINE_BYTES};
use std::io::BufRead;

/// JSON values one after the other, or the elements of arrays, each as its bytes: nothing is parsed but where a value
/// ends. Memory: one value, at most [`MAX_LINE_BYTES`].
pub(super) struct Values {
    file: String,
    source: Box<dyn BufRead + Send>,
    /// Line and column of the next byte, from 1.
    line: u64,
    column: usize,
    state: State,
    value: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Outside of an array.
    Between,
    /// After `[`.
    Begun,
    /// After an element.
    Element,
    /// After a comma.
    Comma,
}

/// The bytes of one value, and where they begin.
pub(super) struct Found<'a> {
    pub(super) line: u64,
    pub(super) column: usize,
    pub(super) bytes: &'a [u8],
}

impl Values {
    /// Goes on from `line`; nothing of that line was read before.
    pub(super) fn new(file: String, source: Box<dyn BufRead + Send>, line: u64) -> Self {
        Self { file, source, line, column: 1, state: State::Between, value: Vec::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.file
    }

    /// The next value; nothing at the end.
    ///
    /// # Errors
    /// When reading fails, a value is too long, or arrays are not as they should be: nothing more can be read then.
    pub(super) fn next(&mut self) -> Result<Option<Found<'_>>, InputError> {
        loop {
            let Some(byte) = self.skip_blanks()? else {
                return match self.state {
                    State::Between => Ok(None),
                    _ => Err(self.wrong("the array is not closed: the file is cut off")),
                };
            };
            self.state = match (self.state, byte) {
                (State::Between, b'[') => State::Begun,
                (State::Element, b',') => State::Comma,
                (State::Begun | State::Element, b']') => State::Between,
                (State::Element, _) => return Err(self.wrong("expected `,` or `]` after an element")),
                (State::Comma, b']') => return Err(self.wrong("a comma after the last element")),
                (State::Between, b',') => {
                    return Err(self.wrong("a comma between objects that are in no array: remove it"));
                }
                (state, _) => {
                    let (line, column) = (self.line, self.column);
                    self.read_value()?;
                    self.state = if state == State::Between { State::Between } else { State::Element };
                    return Ok(Some(Found { line, column, bytes: &self.value }));
                }
            };
            self.advance(1);
        }
    }

    fn wrong(&self, reason: &str) -> InputError {
        InputError::Json {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            reason: format!("not JSON: {reason}"),
        }
    }

    fn fill(&mut self) -> Result<&[u8], InputError> {
        let (file, line) = (&self.file, self.line);
        self.source.fill_buf().map_err(|source| InputError::Read { file: file.clone(), line, source })
    }

    /// Passes over bytes of one line.
    fn advance(&mut self, num_bytes: usize) {
        self.source.consume(num_bytes);
        self.column += num_bytes;
    }

    /// The first byte that is no blank, not passed over.
    fn skip_blanks(&mut self) -> Result<Option<u8>, InputError> {
        loop {
            let Some(&byte) = self.fill()?.first() else { return Ok(None) };
            match byte {
                b' ' | b'\t' | b'\r' => self.advance(1),
                b'\n' => {
                    self.advance(1);
                    (self.line, self.column) = (self.line + 1, 1);
                }
                _ => return Ok(Some(byte)),
            }
        }
    }

    /// Takes the bytes of one value: to the bracket that closes its first one, or to what ends a bare word.
    fn read_value(&mut self) -> Result<(), InputError> {
        let Self { file, source, line, column, value, .. } = self;
        value.clear();
        let (first_line, mut scan) = (*line, Scan::default());
        while !scan.is_done {
            let piece = match source.fill_buf() {
                // The parser says what is missing.
                Ok([]) => return Ok(()),
                Ok(piece) => piece,
                Err(source) => return Err(InputError::Read { file: file.clone(), line: *line, source }),
            };
            let length = scan.take(piece);
            let piece = &piece[..length];
            *line += piece.iter().filter(|&&byte| byte == b'\n').count() as u64;
            *column = match piece.iter().rposition(|&byte| byte == b'\n') {
                Some(end) => length - end,
                None => *column + length,
            };
            value.extend_from_slice(piece);
            source.consume(length);
            if value.len() > MAX_LINE_BYTES {
                let (file, limit_bytes) = (file.clone(), MAX_LINE_BYTES);
                return Err(InputError::LineTooLong { file, line: first_line, limit_bytes });
            }
        }
        Ok(())
    }
}

/// Position in a value at which the bytes so far end.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    is_done: bool,
}

impl Scan {
    /// Returns the number of these bytes that belong to the value.
    fn take(&mut self, bytes: &[u8]) -> usize {
        for (at, &byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.is_done = true;
                        return at + 1;
                    }
                }
                b',' | b']' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => {
                    self.is_done = true;
                    return at;
                }
                _ => {}
            }
        }
        bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Cursor};

    /// Reads with a buffer of `capacity` bytes: where its pieces end must not matter.
    fn read(text: &str, capacity: usize) -> Result<Vec<(u64, usize, String)>, String> {
        let source = BufReader::with_capacity(capacity, Cursor::new(text.as_bytes().to_vec()));
        let mut values = Values::new("a.json".into(), Box::new(source), 1);
        let mut found = Vec::new();
        loop {
            match values.next().map_err(|error| error.to_string())? {
                None => return Ok(found),
                Some(Found { line, column, bytes }) => {
                    found.push((line, column, String::from_utf8(bytes.to_vec()).unwrap()));
                }
            }
        }
    }

    #[test]
    fn arrays_and_sequences_give_their_values() {
        let (first, second) = (r#"{"a": "]},{\"\\"}"#, "{\n \"b\": [[1], {}]\n}");
        for (text, places) in [
            (format!("{first}\n{second}\n"), [(1, 1), (2, 1)]),
            (format!("[{first}, {second}]"), [(1, 2), (1, 21)]),
            (format!("\r\n[\n  {first}\n,\n  {second} ]\n\n"), [(3, 3), (5, 3)]),
            (format!("[{first}]\n[{second}]"), [(1, 2), (2, 2)]),
            (format!("{first}{second}"), [(1, 1), (1, 18)]),
        ] {
            for capacity in [1, 2, 7, 1000] {
                let expected = [(places[0], first), (places[1], second)];
                let expected = expected.map(|((line, column), text)| (line, column, text.to_owned()));
                assert_eq!(read(&text, capacity).unwrap(), expected, "{text}");
            }
        }
        assert!(read(" \n[ ]\n", 3).unwrap().is_empty());
        assert_eq!(read("[1, \"x\",null]", 2).unwrap().len(), 3);
    }

    #[test]
    fn what_is_no_array_is_named() {
        for (text, reason) in [
            ("[{}", "a.json:1:4: not JSON: the array is not closed"),
            ("[{},\n]", "a.json:2:1: not JSON: a comma after the last element"),
            ("[{} {}]", "a.json:1:5: not JSON: expected `,` or `]`"),
            ("{},\n{}", "a.json:1:3: not JSON: a comma between objects"),
        ] {
            let message = read(text, 2).unwrap_err();
            assert!(message.starts_with(reason), "{message} should say {reason}");
        }
    }
}
