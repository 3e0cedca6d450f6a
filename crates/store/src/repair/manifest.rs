use super::mend::Mend;
use super::{Repair, bit_flip, judge};
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::manifest::{self, FILE, Manifest};
use crate::writer::check_current;
use crate::{Result, StoreError};

impl Repair<'_> {
    /// The manifest, with one flipped bit put back if there is one.
    pub(super) fn manifest(&mut self) -> Result<(Header, Manifest)> {
        let read = match judge(manifest::read(self.backend))? {
            Ok(read) => read,
            Err(error) => {
                let bytes = self.backend.read_all(FILE).map_err(StoreError::io("read", FILE))?;
                let (at, bytes, read) = put_back(bytes, FILE).ok_or(error)?;
                self.mends.insert(FILE.to_owned(), Mend::Bytes(bytes));
                self.restored(FILE, format!("one bit of byte {at} had changed"));
                self.is_changed = true;
                read
            }
        };
        check_current(self.backend, &read.0)?;
        Ok(read)
    }
}

/// A manifest of which one bit had changed: the byte of that, the bytes as they were, and what they say.
pub(super) fn put_back(mut bytes: Vec<u8>, file: &str) -> Option<(usize, Vec<u8>, (Header, Manifest))> {
    let at = put_back_header(&mut bytes, Kind::Manifest);
    let crc = Header::decode(&bytes, Kind::Manifest).map(|header| header.content_crc);
    let at = match (at, crc) {
        (Some(at), _) => at,
        (None, Ok(crc)) => HEADER_BYTES + bit_flip::put_back(bytes.get_mut(HEADER_BYTES..)?, crc)?,
        (None, Err(_)) => return None,
    };
    match manifest::decode_bytes(&bytes, file) {
        Ok(read) => Some((at, bytes, read)),
        Err(_) => None,
    }
}

/// Puts back the magic of a header, or one bit of it; nothing when the header is sound, or damaged otherwise.
pub(super) fn put_back_header(bytes: &mut [u8], kind: Kind) -> Option<usize> {
    if Header::decode(bytes, kind).is_ok() {
        return None;
    }
    if Header::fits_without_magic(bytes, kind) {
        let at = bytes.iter().zip(kind.magic()).position(|(found, right)| found != right);
        bytes[..8].copy_from_slice(kind.magic());
        return at;
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
