use super::{BlobRecord, Owner};
use crate::backend::{Backend, FileBytes};
use crate::header::HEADER_BYTES;
use crate::sealed::{self, Blocks, Sealed};
use crate::wire::padded;
use crate::{Result, StoreError};
use std::ops::Range;

/// An asset of the collection or an attachment of a segment: bytes that never change. They stay readable for as
/// long as this is held, whatever the collection becomes.
#[derive(Debug)]
pub struct Blob {
    bytes: FileBytes,
    /// Of the content; zeros follow up to the end of what blocks cover.
    length: usize,
    covered: usize,
    blocks: Blocks,
    file: String,
}

/// Opens the file of named bytes that the manifest records. Cost: as for a segment.
pub(crate) fn open(backend: &dyn Backend, owner: Owner, record: &BlobRecord) -> Result<Blob> {
    let file = owner.file_name(record.file.number);
    read(sealed::open(backend, &file, owner.kind(), &record.file)?, &file)
}

/// The named bytes of a file that was opened.
pub(crate) fn read(sealed: Sealed, file: &str) -> Result<Blob> {
    let Sealed { header, bytes, covered, blocks } = sealed;
    let length = usize::try_from(header.length).ok();
    let length =
        length.filter(|&length| padded(length) == Some(covered - HEADER_BYTES)).ok_or_else(|| {
            let what = format!("its header says {} bytes, it has {}", header.length, covered - HEADER_BYTES);
            StoreError::corrupt(file, 16, what)
        })?;
    Ok(Blob { bytes, length, covered, blocks, file: file.to_owned() })
}

impl Blob {
    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The file that holds it, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// All bytes, from a multiple of 64 in memory on. Cost: no copy; each block of 64 KiB is compared with its
    /// checksum at its first touch.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged block.
    pub fn bytes(&self) -> Result<&[u8]> {
        self.slice(0..self.length)
    }

    /// Some of the bytes. Cost: as [`Blob::bytes`], of the blocks that they touch.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`], or [`StoreError::Corrupt`] for a damaged block.
    pub fn slice(&self, range: Range<usize>) -> Result<&[u8]> {
        if range.start > range.end || range.end > self.length {
            let (found, limit) = (range.end.max(range.start) as u64, self.length as u64);
            return Err(StoreError::OutOfRange { what: "byte", found, limit, file: self.file.clone() });
        }
        let (start, end) = (HEADER_BYTES + range.start, HEADER_BYTES + range.end);
        self.blocks.read(&self.bytes[..self.covered], start, end, &self.file)
    }

    /// Compares every block, the zeros behind the content included.
    pub(crate) fn compare_all(&self) -> Result<()> {
        self.blocks.read(&self.bytes[..self.covered], 0, self.covered, &self.file)?;
        Ok(())
    }
}
