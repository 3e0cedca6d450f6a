use super::{Repair, bit};
use crate::Result;
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::manifest::{self, FILE, Manifest};
use crate::testing::MemoryBackend;
use crate::writer::check_current;

impl Repair<'_> {
    /// The manifest, with one flipped bit put back if there is one.
    pub(super) fn manifest(&mut self) -> Result<(Header, Manifest)> {
        let read = match manifest::read(self.backend) {
            Ok(read) => read,
            Err(error) => self.manifest_put_back().ok_or(error)?,
        };
        check_current(self.backend, &read.0)?;
        Ok(read)
    }

    fn manifest_put_back(&mut self) -> Option<(Header, Manifest)> {
        let Ok(mut bytes) = self.backend.read_all(FILE) else { return None };
        let at = put_back_header(&mut bytes, Kind::Manifest);
        let crc = Header::decode(&bytes, Kind::Manifest).map(|header| header.content_crc);
        let at = match (at, crc) {
            (Some(at), _) => at,
            (None, Ok(crc)) => HEADER_BYTES + bit::put_back(bytes.get_mut(HEADER_BYTES..)?, crc)?,
            (None, Err(_)) => return None,
        };
        let files = MemoryBackend::with_files([(FILE.to_owned(), bytes)]);
        let Ok(read) = manifest::read(&files) else { return None };
        self.restored(FILE, format!("one bit of byte {at} had changed"));
        Some(read)
    }
}

/// Puts back one bit of a header; nothing when the header is sound, or damaged otherwise.
pub(super) fn put_back_header(bytes: &mut [u8], kind: Kind) -> Option<usize> {
    if Header::decode(bytes, kind).is_ok() {
        return None;
    }
    for bit in 0..8 * HEADER_BYTES.min(bytes.len()) {
        bytes[bit / 8] ^= 1 << (bit % 8);
        if Header::decode(bytes, kind).is_ok() {
            return Some(bit / 8);
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    None
}
