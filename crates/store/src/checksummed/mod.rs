//! Files that are written once and hold checksums of all their parts.
//!
//! ```text
//!  0 header (64 bytes)
//! 64 content, then zeros up to a multiple of 64
//!    head: the first 4,224 bytes of the file again, or all of what stands before, if that is less
//!    pieces: for each KiB of the file from byte 0 up to here the CRC-32 of its bytes in reverse times 0x9E3779B1, u32;
//!            then zeros up to a multiple of 64
//!    footer: CRC-32 of each 64 KiB of the file from byte 0 up to here, u32 each; then the CRC-32 of these
//!    the footer again
//! ```
//! The manifest records the file's length and the footer's own checksum, the footer the checksums of all blocks: no byte
//! is outside. Readers compare blocks. Head, pieces and the second footer are for repairs: where a block is damaged, its
//! pieces tell which KiB of it is, or which bits are.
//!
//! Files of the older form have neither head nor pieces, and one footer.

mod blocks;
mod form;
mod piece;
mod read;
mod write;

pub(crate) use blocks::{BLOCK_BYTES, Blocks};
pub(crate) use form::{Form, HEAD_BYTES, Parts};
pub(crate) use piece::{ByteOrder, PIECE_BYTES, backward_crc, piece_crc, piece_sum};
pub(crate) use read::{Checksummed, of_itself, open};
pub(crate) use write::{ChecksummedWriter, encode_plain};

/// A name that no other content has.
pub(crate) fn object_name(file: &str, record: &ChecksummedFile) -> String {
    format!("{file}-{}-{:08x}", record.file_bytes, record.footer_crc)
}

/// A file as the manifest knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChecksummedFile {
    /// The number in its name.
    pub(crate) number: u64,
    pub(crate) file_bytes: u64,
    pub(crate) footer_crc: u32,
}
