//! A segment: documents that never change, in one file.
//!
//! ```text
//!  0 header (64 bytes): its length is that of the rows, its number that of the file's name
//! 64 rows (see `rows`), a multiple of 64 bytes
//!    footer: CRC-32 of each 64 KiB of the file from byte 0 up to here, u32 each; then the CRC-32 of these
//! ```
//! The manifest records the file's length and the footer's own checksum, the footer the checksums of all blocks:
//! no byte is outside.

mod read;
mod write;

pub(crate) use read::open;
pub(crate) use write::{Copied, write};

/// The name of a segment's file.
pub(crate) fn file_name(number: u64) -> String {
    format!("segment-{number}")
}
