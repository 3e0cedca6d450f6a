use super::zstd::ZstdFrames;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

const BUFFER_BYTES: usize = 64 << 10;

/// Plain text from a source that may be gzip or Zstandard, told apart by its first bytes, not by its name.
///
/// Neither signature can begin a UTF-8 text, so plain text is never mistaken.
pub(super) fn decompressed(source: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let mut source = BufReader::with_capacity(BUFFER_BYTES, source);
    let mut start = [0; 4];
    let found = fill(&mut source, &mut start)?;
    let source = io::Cursor::new(start).take(found as u64).chain(source);
    Ok(match start {
        [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(source))),
        [0x28, 0xb5, 0x2f, 0xfd] => {
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
