use super::decompress::decompressed;
use crate::InputError;
use std::io::Read;

/// Longest text that one document may have: 64 MiB.
pub const MAX_TEXT_BYTES: usize = 64 << 20;

/// Reads a whole text, plain, gzip or Zstandard, without its byte order mark; `name` stands for it in messages.
/// Memory: the text, at most [`MAX_TEXT_BYTES`] and one, whatever the source holds.
///
/// # Errors
/// When reading or decompressing fails, the text is longer than [`MAX_TEXT_BYTES`] or not UTF-8.
pub fn read_text(name: &str, source: impl Read + Send + 'static) -> Result<String, InputError> {
    let file = || name.to_owned();
    let source = decompressed(source).map_err(|source| InputError::Open { file: file(), source })?;
    let mut bytes = Vec::new();
    let read = source.take(MAX_TEXT_BYTES as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|source| InputError::Read { file: file(), line: count_lines(&bytes), source })?;
    if bytes.len() > MAX_TEXT_BYTES {
        return Err(InputError::TooLong { file: file(), limit_bytes: MAX_TEXT_BYTES });
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let valid = &error.as_bytes()[..at];
        let column = at - valid.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1) + 1;
        InputError::Utf8 { file: file(), line: count_lines(valid), column }
    })
}

/// The number of the line in which the bytes end, from 1.
fn count_lines(bytes: &[u8]) -> u64 {
    1 + bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, Cursor};

    fn read(bytes: &[u8]) -> Result<String, String> {
        read_text("a.txt", Cursor::new(bytes.to_vec())).map_err(|error| error.to_string())
    }

    #[test]
    fn texts_are_utf_8_without_a_mark() {
        assert_eq!(read("\u{feff}café\n".as_bytes()).unwrap(), "café\n");
        assert_eq!(read(b"").unwrap(), "");
        assert!(read(b"one\ncaf\xe9").unwrap_err().starts_with("a.txt:2:4: not UTF-8"));
        assert!(read(b"\xff\xfea\0").unwrap_err().contains("UTF-16"));
    }

    #[test]
    fn a_text_without_an_end_is_not_read_to_its_end() {
        let message = read_text("a.txt", io::repeat(b'x')).unwrap_err().to_string();
        assert!(message.contains("a.txt: the text is longer than 67108864 bytes"), "{message}");
    }
}
