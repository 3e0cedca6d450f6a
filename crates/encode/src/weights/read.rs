use super::error::ModelError;
use crate::import::open_regular;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Longest file of settings that is read: the longest lists of tensors have some hundred kilobytes.
pub(crate) const MAX_SETTINGS_BYTES: u64 = 16 << 20;

/// Reads a whole file of a model; nothing where there is none.
///
/// # Errors
/// When it cannot be read, is no file, or is longer than `max_bytes`.
pub(crate) fn read_whole(path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, ModelError> {
    let refused = |source| ModelError::Io { path: path.to_owned(), source };
    let file = match open_regular(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(refused)?,
    };
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > max_bytes {
        let reason = format!("it is longer than the {max_bytes} bytes that are read of such a file");
        return Err(refused(io::Error::new(ErrorKind::FileTooLarge, reason)));
    }
    Ok(Some(bytes))
}
