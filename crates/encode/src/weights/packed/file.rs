//! The header before the tensors of a packed file, and what does not pass.

use std::fmt;

const MAGIC: [u8; 8] = *b"PLEIADPM";
const VERSION: u32 = 1;
/// Bytes before the tensors.
pub(crate) const HEADER_BYTES: usize = 24;

/// Why bytes are no packed model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackedError {
    /// They do not begin as one.
    Magic,
    /// A version that this program does not know.
    Version {
        /// The one found.
        found: u32,
    },
    /// They end before what the header announces, or after it.
    Length {
        /// Bytes that should follow the header.
        expected: u64,
        /// Bytes that do.
        found: u64,
    },
    /// The bytes behind the header differ from those that were written.
    Checksum {
        /// The sum that the header holds.
        expected: u32,
        /// Checksum of the bytes.
        found: u32,
    },
    /// The tokenizer cannot be inflated, or not into what a tokenizer may take.
    Tokenizer,
    /// A checkpoint of a kind that cannot be packed.
    Unsupported(&'static str),
}

impl fmt::Display for PackedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => write!(f, "not a packed model"),
            Self::Version { found } => {
                write!(f, "a packed model of version {found}; this program knows {VERSION}: use a newer one")
            }
            Self::Length { expected, found } => {
                write!(f, "damaged: {found} bytes follow the header, which announces {expected}")
            }
            Self::Checksum { expected, found } => {
                write!(f, "damaged: the checksum is {found:08x}, and should be {expected:08x}")
            }
            Self::Tokenizer => write!(f, "damaged: the tokenizer cannot be inflated"),
            Self::Unsupported(why) => write!(f, "{why}"),
        }
    }
}

impl std::error::Error for PackedError {}

/// The safetensors within a packed file, checked. Cost: a pass over all bytes.
///
/// # Errors
/// When the file is no packed model of a known version, or damaged.
pub(crate) fn body(bytes: &[u8]) -> Result<&[u8], PackedError> {
    let Some((header, body)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err(PackedError::Magic);
    };
    let [m0, m1, m2, m3, m4, m5, m6, m7, v0, v1, v2, v3, c0, c1, c2, c3, length @ ..] = *header;
    if [m0, m1, m2, m3, m4, m5, m6, m7] != MAGIC {
        return Err(PackedError::Magic);
    }
    let version = u32::from_le_bytes([v0, v1, v2, v3]);
    if version != VERSION {
        return Err(PackedError::Version { found: version });
    }
    let (expected, found) = (u64::from_le_bytes(length), body.len() as u64);
    if expected != found {
        return Err(PackedError::Length { expected, found });
    }
    let (expected, found) = (u32::from_le_bytes([c0, c1, c2, c3]), crc32fast::hash(body));
    if expected != found {
        return Err(PackedError::Checksum { expected, found });
    }
    Ok(body)
}

/// A packed file around safetensors.
pub(crate) fn around(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(crc32fast::hash(body).to_le_bytes());
    bytes.extend((body.len() as u64).to_le_bytes());
    bytes.extend(body);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_damaged_byte_is_seen() {
        let whole = around(b"tensors");
        assert_eq!(body(&whole), Ok(&b"tensors"[..]));
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            assert!(body(&damaged).is_err(), "byte {at}");
            assert!(body(&whole[..at]).is_err(), "{at} bytes");
        }
        let longer = [&whole[..], b"!"].concat();
        assert_eq!(body(&longer), Err(PackedError::Length { expected: 7, found: 8 }));
        let newer = [&whole[..8], &2u32.to_le_bytes(), &whole[12..]].concat();
        assert_eq!(body(&newer), Err(PackedError::Version { found: 2 }));
    }
}
