use super::{BlobRecord, Owner};
use crate::backend::{Backend, FileWriter};
use crate::checksummed::{ChecksummedFile, ChecksummedWriter, Form, encode_plain};
use crate::header::HEADER_BYTES;
use crate::layout::MAX_NAME_BYTES;
use crate::manifest::Manifest;
use crate::wire::padded;
use crate::{Result, StoreError};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    let file = write_file(backend, owner, number, content)?;
    Ok(BlobRecord { name: name.to_owned(), file, copy: None })
}

/// Writes an asset twice, under numbers that the manifest gives.
pub(crate) fn write_asset(
    backend: &dyn Backend,
    manifest: &mut Manifest,
    name: &str,
    content: &[u8],
) -> Result<BlobRecord> {
    let record = write(backend, Owner::Collection, manifest.take_number(), name, content)?;
    let copy = write_file(backend, Owner::Collection, manifest.take_number(), content)?;
    Ok(BlobRecord { copy: Some(copy), ..record })
}

/// The bytes of a file that was written with this content, in the form that its length tells; nothing when its checksum
/// is not that of the file.
pub(crate) fn encode_as(owner: Owner, file: &ChecksummedFile, content: &[u8]) -> Result<Option<Vec<u8>>> {
    let content_end = padded(content.len()).and_then(|padded| padded.checked_add(HEADER_BYTES));
    let plain = content_end.and_then(|content_end| Form::Plain.parts(content_end));
    if plain.is_some_and(|parts| parts.length as u64 == file.file_bytes) {
        let (bytes, footer_crc) = encode_plain(owner.kind(), file.number, content);
        return Ok((footer_crc == file.footer_crc).then_some(bytes));
    }
    let memory = Memory::default();
    let (name, length) = (owner.file_name(file.number), content.len() as u64);
    let mut writer =
        ChecksummedWriter::over(Box::new(memory.clone()), name, owner.kind(), file.number, length)?;
    writer.write(content)?;
    let written = writer.finish()?;
    let bytes = std::mem::take(&mut *memory.held());
    Ok((written == *file).then_some(bytes))
}

/// A file in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn held(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileWriter for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.held().extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_file(backend: &dyn Backend, owner: Owner, number: u64, content: &[u8]) -> Result<ChecksummedFile> {
    let (name, length) = (owner.file_name(number), content.len() as u64);
    let mut file = ChecksummedWriter::create(backend, name, owner.kind(), number, length)?;
    file.write(content)?;
    file.finish()
}
