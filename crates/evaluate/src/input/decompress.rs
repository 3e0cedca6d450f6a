use super::zstd::ZstdFrames;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

const BUFFER_BYTES: usize = 64 << 10;

/// The first bytes of formats that are not read, and what they are called. None of them begins a text that people write.
const UNREAD: [(&[u8], &str); 12] = [
    (b"\xfd7zXZ\0", "it is compressed with xz, which is not read: decompress it first (xz -dc FILE)"),
    (b"BZh91AY&SY", "it is compressed with bzip2, which is not read: decompress it first (bzip2 -dc FILE)"),
    (b"\x04\x22\x4d\x18", "it is compressed with LZ4, which is not read: decompress it first (lz4 -dc FILE)"),
    (
        b"\x1f\x9d",
        "it is compressed with compress, which is not read: decompress it first (uncompress -c FILE)",
    ),
    (b"\xff\x06\0\0sNaPpY", "it is compressed with Snappy, which is not read: decompress it first"),
    (b"PK\x03\x04", "it is a zip archive, which is not read: unpack it first (unzip FILE)"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive, which is not read: unpack it first (7z x FILE)"),
    (b"Rar!\x1a\x07", "it is a RAR archive, which is not read: unpack it first (unrar x FILE)"),
    // Before the shorter mark of UTF-16 that it begins with.
    (b"\xff\xfe\0\0", "it is UTF-32 text: convert it to UTF-8 (iconv -f UTF-32 -t UTF-8 FILE)"),
    (b"\0\0\xfe\xff", "it is UTF-32 text: convert it to UTF-8 (iconv -f UTF-32 -t UTF-8 FILE)"),
    (b"\xff\xfe", "it is UTF-16 text: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)"),
    (b"\xfe\xff", "it is UTF-16 text: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)"),
];

/// Plain text from a source that may be gzip or Zstandard, told apart by its first bytes, not by its name.
///
/// Neither signature can begin a UTF-8 text, so plain text is never mistaken. What is compressed in another way, or is
/// UTF-16, is an error that names it.
pub(super) fn decompressed(source: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let mut source = BufReader::with_capacity(BUFFER_BYTES, source);
    let mut start = [0; 10];
    let found = fill(&mut source, &mut start)?;
    if let Some((_, reason)) = UNREAD.iter().find(|(magic, _)| start[..found].starts_with(magic)) {
        return Err(io::Error::other(*reason));
    }
    if let Some(reason) = wide_characters(&start[..found]) {
        return Err(io::Error::other(reason));
    }
    // BZh is followed by a digit for the size of its blocks.
    if found == start.len() && start.starts_with(b"BZh") && start[4..] == UNREAD[1].0[4..] {
        return Err(io::Error::other(UNREAD[1].1));
    }
    let source = io::Cursor::new(start).take(found as u64).chain(source);
    Ok(match start {
        [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(source))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, ZstdFrames::new(source)?))
        }
        _ => Box::new(source),
    })
}

/// Recognizes UTF-16 and UTF-32 without a mark by the zeros between the first characters, at least two of Latin script or
/// signs of a format: no UTF-8 text has such.
fn wide_characters(start: &[u8]) -> Option<&'static str> {
    let all = |width: usize, at: usize| {
        let characters = start.chunks_exact(width);
        characters.len() > 1
            && characters
                .into_iter()
                .all(|bytes| bytes.iter().enumerate().all(|(place, &byte)| (byte != 0) == (place == at)))
    };
    match () {
        () if all(4, 0) => Some("it is UTF-32 text: convert it to UTF-8 (iconv -f UTF-32LE -t UTF-8 FILE)"),
        () if all(4, 3) => Some("it is UTF-32 text: convert it to UTF-8 (iconv -f UTF-32BE -t UTF-8 FILE)"),
        () if all(2, 0) => Some("it is UTF-16 text: convert it to UTF-8 (iconv -f UTF-16LE -t UTF-8 FILE)"),
        () if all(2, 1) => Some("it is UTF-16 text: convert it to UTF-8 (iconv -f UTF-16BE -t UTF-8 FILE)"),
        () => None,
    }
}

/// Reads until `buffer` is full or the source ends: a pipe may deliver single bytes.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut found = 0;
    while found < buffer.len() {
        match source.read(&mut buffer[found..]) {
            Ok(0) => break,
            Ok(read) => found += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text in 16 or 32 bits a character.
    fn wide(text: &str, width: usize, is_big_endian: bool) -> Vec<u8> {
        let character = |character: char| {
            let mut bytes = u32::from(character).to_le_bytes()[..width].to_vec();
            if is_big_endian {
                bytes.reverse();
            }
            bytes
        };
        text.chars().flat_map(character).collect()
    }

    #[test]
    fn wide_characters_are_named_with_and_without_a_mark() {
        let refusal =
            |bytes: Vec<u8>| decompressed(io::Cursor::new(bytes)).err().map(|error| error.to_string());
        for (width, name) in [(2, "UTF-16"), (4, "UTF-32")] {
            for (is_big_endian, order) in [(false, "LE"), (true, "BE")] {
                for text in ["{\"_id\": 1}", "né", "1\thello\n", "Some words of a note.\n"] {
                    let command = format!("iconv -f {name}{order} -t UTF-8");
                    let reason = refusal(wide(text, width, is_big_endian)).unwrap();
                    assert!(reason.contains(name) && reason.contains(&command), "{text}: {reason}");
                    let marked = wide(&format!("\u{feff}{text}"), width, is_big_endian);
                    let reason = refusal(marked).unwrap();
                    assert!(reason.contains(&format!("iconv -f {name} -t UTF-8")), "{text}: {reason}");
                }
            }
        }
        for text in ["", "a", "ab", "né", "\0\0", "a\0", "日本語", "a\0b and so on"] {
            assert_eq!(refusal(text.as_bytes().to_vec()), None, "{text:?}");
        }
    }
}
