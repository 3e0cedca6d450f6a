use super::zstd::ZstdFrames;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

const BUFFER_BYTES: usize = 64 << 10;

/// The first bytes of formats that are not read, and what they are called. None of them begins a text that people write.
const UNREAD: [(&[u8], &str); 10] = [
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
