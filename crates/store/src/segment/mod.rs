//! A segment: documents that never change, in one file with checksums (see `checksummed`) whose content is rows (see `rows`).
//! Its header's length is that of the rows, its number that of the file's name.

mod read;
mod write;

pub(crate) use read::{open, read, rows};
pub(crate) use write::{Copied, read_back, write};

pub(crate) use crate::names::segment as file_name;
