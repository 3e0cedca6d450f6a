//! The one file of this crate that holds `unsafe`.
#![allow(unsafe_code)]

use super::FileBytes;
use std::fs::File;
use std::io;

/// Maps a whole file for reading. Cost: no byte is read before it is touched.
pub(super) fn map(file: &File) -> io::Result<FileBytes> {
    // SAFETY: the map must not outlive a change of the file's bytes or a cut of its length. Only segments are
    // mapped: they are complete and synced before the manifest names them, and this crate opens none of them for
    // writing again; removing or replacing one takes its name away and leaves the mapped bytes in place. A
    // foreign process that cuts a segment short while it is mapped breaks this, as with every mapped file.
    let map = unsafe { memmap2::Mmap::map(file)? };
    Ok(FileBytes::mapped(map))
}
