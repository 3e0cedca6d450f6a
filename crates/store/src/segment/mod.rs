//! A segment: documents that never change, in one sealed file (see `sealed`) whose content is rows (see `rows`).
//! Its header's length is that of the rows, its number that of the file's name.

mod read;
mod write;

pub(crate) use read::{open, read};
pub(crate) use write::{Copied, read_back, write};

/// The name of a segment's file.
pub(crate) fn file_name(number: u64) -> String {
    format!("segment-{number}")
}
