//! The 64 bytes with which every stored structure begins.

use crate::wire::Take;
use crate::{Result, StoreError};
use std::ops::RangeInclusive;

/// Size of a header.
pub(crate) const HEADER_BYTES: usize = 64;

/// The format that this release writes, and the newest that it reads: the version of a manifest. Each other
/// structure has the version of the format that last changed it.
pub const FORMAT_VERSION: u32 = 3;

const CRC_AT: usize = 12;

/// The structure that a header begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Manifest,
    Log,
    Frame,
    Segment,
    Asset,
    Attachment,
}

impl Kind {
    /// The versions that this release reads; it writes the last.
    pub(crate) fn versions(self) -> RangeInclusive<u32> {
        match self {
            Self::Manifest => 1..=3,
            Self::Frame | Self::Segment => 1..=2,
            Self::Log => 1..=1,
            Self::Asset | Self::Attachment => 2..=3,
        }
    }

    pub(crate) fn magic(self) -> &'static [u8; 8] {
        match self {
            Self::Manifest => b"PLEIAD\0M",
            Self::Log => b"PLEIAD\0L",
            Self::Frame => b"PLEIAD\0F",
            Self::Segment => b"PLEIAD\0S",
            Self::Asset => b"PLEIAD\0A",
            Self::Attachment => b"PLEIAD\0P",
        }
    }
}

/// ```text
///  0 magic [8]        the last byte tells the structure
///  8 version u32      see [`Kind::versions`]
/// 12 header crc u32   CRC-32 of these 64 bytes with this field zero
/// 16 length u64       bytes of content that follow
/// 24 number u64       generation, sequence, or the number in the file's name
/// 32 content crc u32  CRC-32 of the content, where one sum covers it
/// 36 unsynced u32     of a frame: what of its log was not synced before it, in units of 64 bytes, and the highest
///                     bit if another may follow before it is synced; else zero
/// 40 extra u64 x 3    what the structure needs besides
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) version: u32,
    pub(crate) length: u64,
    pub(crate) number: u64,
    pub(crate) content_crc: u32,
    pub(crate) unsynced: u32,
    pub(crate) extra: [u64; 3],
}

/// Why 64 bytes are not the header that was expected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    Short,
    Magic,
    Checksum,
    /// One that was found, and the newest that is read.
    Version(u32, u32),
}

impl BadHeader {
    pub(crate) fn into_error(self, file: &str, offset: u64) -> StoreError {
        let what = match self {
            Self::Short => "it ends inside a header",
            Self::Magic => "the magic bytes are not those of this kind of structure",
            Self::Checksum => "the checksum of a header does not match",
            Self::Version(found, supported) => {
                return StoreError::Version { file: file.to_owned(), found, supported };
            }
        };
        StoreError::corrupt(file, offset, what)
    }
}

fn crc_without_itself(bytes: &[u8; HEADER_BYTES]) -> u32 {
    let mut copy = *bytes;
    copy[CRC_AT..CRC_AT + 4].fill(0);
    crc32fast::hash(&copy)
}

/// Writes the checksum of a header's bytes into them.
pub(crate) fn seal(bytes: &mut [u8; HEADER_BYTES]) {
    let crc = crc_without_itself(bytes);
    bytes[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_le_bytes());
}

impl Header {
    pub(crate) fn new(kind: Kind, number: u64, length: u64) -> Self {
        let version = *kind.versions().end();
        Self { kind, version, length, number, content_crc: 0, unsynced: 0, extra: [0; 3] }
    }

    /// Length of a file that is this header and its content.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.length.saturating_add(HEADER_BYTES as u64)
    }

    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(self.kind.magic());
        bytes[8..12].copy_from_slice(&self.version.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.length.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.content_crc.to_le_bytes());
        bytes[36..40].copy_from_slice(&self.unsynced.to_le_bytes());
        for (slot, value) in bytes[40..].chunks_exact_mut(8).zip(self.extra) {
            slot.copy_from_slice(&value.to_le_bytes());
        }
        seal(&mut bytes);
        bytes
    }

    /// Reads the first 64 of `bytes`. The place of magic, version and checksum never changes, so that a
    /// damaged version number is told from a newer one.
    pub(crate) fn decode(bytes: &[u8], kind: Kind) -> std::result::Result<Self, BadHeader> {
        if bytes.iter().zip(kind.magic()).any(|(found, byte)| found != byte) {
            return Err(BadHeader::Magic);
        }
        let bytes = bytes.first_chunk::<HEADER_BYTES>().ok_or(BadHeader::Short)?;
        Self::fields(bytes, kind).ok_or(BadHeader::Short)?
    }

    /// True if these are the bytes of a header but for the magic.
    pub(crate) fn fits_without_magic(bytes: &[u8], kind: Kind) -> bool {
        let Some(mut bytes) = bytes.first_chunk::<HEADER_BYTES>().copied() else { return false };
        bytes[..8].copy_from_slice(kind.magic());
        matches!(Self::decode(&bytes, kind), Ok(_) | Err(BadHeader::Version(..)))
    }

    fn fields(bytes: &[u8; HEADER_BYTES], kind: Kind) -> Option<std::result::Result<Self, BadHeader>> {
        let mut take = Take::new(&bytes[8..]);
        let (version, crc) = (take.u32()?, take.u32()?);
        let (length, number, content_crc, unsynced) = (take.u64()?, take.u64()?, take.u32()?, take.u32()?);
        let extra = [take.u64()?, take.u64()?, take.u64()?];
        if crc != crc_without_itself(bytes) {
            return Some(Err(BadHeader::Checksum));
        }
        if !kind.versions().contains(&version) {
            return Some(Err(BadHeader::Version(version, *kind.versions().end())));
        }
        Some(Ok(Self { kind, version, length, number, content_crc, unsynced, extra }))
    }

    /// [`Header::decode`] for a header that starts at `offset` of `file`, checked to carry `number`.
    pub(crate) fn read(bytes: &[u8], kind: Kind, number: u64, file: &str) -> Result<Self> {
        let header = Self::decode(bytes, kind).map_err(|bad| bad.into_error(file, 0))?;
        if header.number != number {
            let what = format!("its header says number {}, not {number}: files were mixed up", header.number);
            return Err(StoreError::corrupt(file, 24, what));
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Header {
        Header { content_crc: 9, unsynced: 8, extra: [1, 2, 3], ..Header::new(Kind::Frame, 7, 640) }
    }

    #[test]
    fn every_flipped_byte_is_seen() {
        let good = example().encode();
        assert_eq!(Header::decode(&good, Kind::Frame), Ok(example()));
        assert_eq!(Header::decode(&good, Kind::Log), Err(BadHeader::Magic));
        assert_eq!(Header::decode(&good[..63], Kind::Frame), Err(BadHeader::Short));
        assert_eq!(
            Header::decode(&good[..7], Kind::Log),
            Err(BadHeader::Short),
            "they differ in the eighth byte"
        );
        assert_eq!(Header::decode(b"PLEXAD", Kind::Log), Err(BadHeader::Magic));
        for at in 0..HEADER_BYTES {
            for bit in 0..8 {
                let mut bad = good;
                bad[at] ^= 1 << bit;
                let error = Header::decode(&bad, Kind::Frame).unwrap_err();
                assert_eq!(error, if at < 8 { BadHeader::Magic } else { BadHeader::Checksum });
            }
        }
    }

    #[test]
    fn older_versions_are_read_where_they_exist() {
        let older = |kind| Header { version: 1, ..Header::new(kind, 7, 64) };
        for kind in [Kind::Manifest, Kind::Frame, Kind::Log, Kind::Segment] {
            assert_eq!(Header::decode(&older(kind).encode(), kind), Ok(older(kind)));
        }
        let never = Header::decode(&older(Kind::Asset).encode(), Kind::Asset);
        assert_eq!(never, Err(BadHeader::Version(1, 3)));
    }

    #[test]
    fn a_newer_version_is_named() {
        let mut newer = example().encode();
        newer[8] = 3;
        let crc = crc_without_itself(&newer);
        newer[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_le_bytes());
        let error = Header::decode(&newer, Kind::Frame).unwrap_err().into_error("log-1", 0);
        assert!(matches!(error, StoreError::Version { found: 3, supported: 2, .. }), "{error}");
    }
}
