use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Opens a regular file. A device may never end and a FIFO may never begin, so neither is opened.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    match fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("it is not a regular file")),
    }
}
