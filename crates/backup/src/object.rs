use crate::catalogue::{CataloguedFile, OBJECTS, at};
use crate::{BackupError, Destination, Result};
use std::io;

/// Hands the bytes of an object to `sink`, and compares them with what the catalogue says of them. It stops where the
/// object is longer than that.
///
/// # Errors
/// [`BackupError::Damaged`] when it is not what the catalogue says, or no object at all; [`BackupError::Io`] when the
/// destination or `sink` refuses.
pub(crate) fn read_object(
    destination: &dyn Destination,
    entry: &CataloguedFile,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<()> {
    let name = format!("{OBJECTS}/{}", entry.object);
    let what = at(destination, &name);
    let damaged = |why: String| BackupError::Damaged { what: what.clone(), why };
    let (mut num_bytes, mut crc) = (0, crc32fast::Hasher::new());
    let read = destination.get(&name, &mut |piece| {
        num_bytes += piece.len() as u64;
        if num_bytes > entry.num_bytes {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        crc.update(piece);
        sink(piece)
    });
    match read {
        _ if num_bytes > entry.num_bytes => {
            return Err(damaged(format!("it is longer than {} bytes", entry.num_bytes)));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(damaged("it is missing".into())),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(damaged(error.to_string())),
        read => read.map_err(BackupError::io("read", what.clone()))?,
    }
    if num_bytes != entry.num_bytes {
        return Err(damaged(format!("it has {num_bytes} bytes, not {}", entry.num_bytes)));
    }
    if crc.finalize() != entry.crc32 {
        return Err(damaged("its checksum does not match".into()));
    }
    Ok(())
}
