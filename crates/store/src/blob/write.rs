use super::{BlobRecord, Owner};
use crate::backend::Backend;
use crate::layout::MAX_NAME_BYTES;
use crate::sealed::SealedWriter;
use crate::{Result, StoreError};

/// An error unless it can be the name of an asset or attachment: 1 to [`MAX_NAME_BYTES`] bytes.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if !name.is_empty() && name.len() <= MAX_NAME_BYTES {
        return Ok(());
    }
    let (found, limit) = (name.len() as u64, MAX_NAME_BYTES as u64);
    Err(StoreError::Limit { what: "a name (in bytes, at least 1)", found, limit })
}

/// Writes named bytes and makes them durable; the file's name becomes so with the folder's next sync.
pub(crate) fn write(
    backend: &dyn Backend,
    owner: Owner,
    number: u64,
    name: &str,
    content: &[u8],
) -> Result<BlobRecord> {
    let length = content.len() as u64;
    let mut file = SealedWriter::create(backend, owner.file_name(number), owner.kind(), number, length)?;
    file.write(content)?;
    Ok(BlobRecord { name: name.to_owned(), file: file.finish()? })
}
