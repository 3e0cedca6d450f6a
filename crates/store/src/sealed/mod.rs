//! Files that are written once and hold a checksum for each of their blocks.
//!
//! ```text
//!  0 header (64 bytes)
//! 64 content, then zeros up to a multiple of 64
//!    footer: CRC-32 of each 64 KiB of the file from byte 0 up to here, u32 each; then the CRC-32 of these
//! ```
//! The manifest records the file's length and the footer's own checksum, the footer the checksums of all blocks:
//! no byte is outside.

mod blocks;
mod read;
mod write;

pub(crate) use blocks::{BLOCK_BYTES, Blocks};
pub(crate) use read::{Sealed, covered_bytes, of_itself, open};
pub(crate) use write::SealedWriter;

/// A name that no other content has.
pub(crate) fn object_name(file: &str, record: &SealedFile) -> String {
    format!("{file}-{}-{:08x}", record.file_bytes, record.footer_crc)
}

/// A file as the manifest knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SealedFile {
    /// The number in its name.
    pub(crate) number: u64,
    pub(crate) file_bytes: u64,
    pub(crate) footer_crc: u32,
}
