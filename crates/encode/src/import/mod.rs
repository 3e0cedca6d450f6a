//! Token vectors that another model made, read document by document.
//!
//! - [`VectorFolder`]: `docs.{f32,f16,i8}.npy` `[num_vectors, dim]`, `docs.off.npy` (rows `off[i]..off[i + 1]` belong
//!   to document i), `doc_ids.json`; the same for `queries`; eight-bit values have `docs.scale.{f32,f16}.npy` beside
//!   them, one factor per row.
//! - [`VectorFile`]: one `.npy` of two or three dimensions, or one `.npz` or `.safetensors` with the arrays `vectors`,
//!   `offsets` (or `lengths`) and, for eight-bit values, `scale`, or with an array for each document.
//! - [`VectorRecord`]: one JSON object with `vectors`, as a line of a file has it.
//!
//! Files are read in pieces: only ids that a file lists are held. Whatever is wrong with them is an [`ImportError`] that
//! names the file and the row.

mod array;
mod documents;
mod element;
mod error;
mod file;
mod folder;
mod ids;
mod npy;
mod offsets;
mod record;
mod rows;
mod zip;

pub(crate) use zip::Zip;

pub use documents::Documents;
pub use error::ImportError;
pub use file::VectorFile;
pub use folder::{ExactTop, VectorFolder};
pub use record::VectorRecord;

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a regular file. A device may never end and a FIFO may never begin, so neither is opened.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    match fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

#[cfg(test)]
mod tests;
