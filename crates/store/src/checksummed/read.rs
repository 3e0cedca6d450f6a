use super::{Blocks, ChecksummedFile, Form, Parts};
use crate::backend::{Backend, FileBytes};
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::wire::Take;
use crate::{Result, StoreError};

/// A file that was found to be the one recorded; its blocks are compared when they are touched.
#[derive(Debug)]
pub(crate) struct Checksummed {
    pub(crate) header: Header,
    pub(crate) bytes: FileBytes,
    pub(crate) parts: Parts,
    pub(crate) blocks: Blocks,
}

/// Opens the file that the manifest records.
///
/// Cost: independent of its length but for the footer, 4 bytes per 64 KiB.
///
/// # Errors
/// [`StoreError::Corrupt`] when the file is not the one recorded; `Io` with `NotFound` when there is none.
pub(crate) fn open(
    backend: &dyn Backend,
    file: &str,
    kind: Kind,
    record: &ChecksummedFile,
) -> Result<Checksummed> {
    let length = backend.length(file).map_err(StoreError::io("open", file))?;
    if length != record.file_bytes {
        let what = format!("it has {length} bytes, the manifest records {}", record.file_bytes);
        return Err(StoreError::corrupt(file, length.min(record.file_bytes), what));
    }
    let bytes = backend.map(file).map_err(StoreError::io("map", file))?;
    if bytes.len() as u64 != length {
        return Err(StoreError::corrupt(file, bytes.len() as u64, "its length changed while it was opened"));
    }
    let header = Header::read(&bytes, kind, record.number, file)?;
    let form = Form::of(kind, header.version);
    let parts = form
        .parts_of_length(bytes.len())
        .ok_or_else(|| StoreError::corrupt(file, 0, format!("no such file has {length} bytes")))?;
    let blocks = check_footers(&bytes, &parts, record, file)?;
    Checksummed::of(bytes, parts, blocks, (file, kind), record.number)
}

/// The record of a file that no manifest names, as its own footer says: the blocks are compared with it like any other.
pub(crate) fn of_itself(backend: &dyn Backend, file: &str, number: u64) -> Result<ChecksummedFile> {
    let file_bytes = backend.length(file).map_err(StoreError::io("open", file))?;
    let mut own = [0; 4];
    let at = file_bytes.saturating_sub(4);
    backend.read(file, at, &mut own).map_err(StoreError::io("read", file))?;
    Ok(ChecksummedFile { number, file_bytes, footer_crc: u32::from_le_bytes(own) })
}

impl Checksummed {
    /// Puts bytes and checksums together, and reads the header.
    pub(crate) fn of(
        bytes: FileBytes,
        parts: Parts,
        blocks: Blocks,
        (file, kind): (&str, Kind),
        number: u64,
    ) -> Result<Self> {
        let first = blocks.read(&bytes[..parts.covered], 0, HEADER_BYTES, file)?;
        let header = Header::read(first, kind, number, file)?;
        Ok(Self { header, bytes, parts, blocks })
    }
}

/// The checksums of a file's blocks, from whichever footer is sound.
fn check_footers(bytes: &[u8], parts: &Parts, record: &ChecksummedFile, file: &str) -> Result<Blocks> {
    let is_sound = |footer: &[u8]| {
        let (sums, own) = footer.split_at(footer.len() - 4);
        let crc = crc32fast::hash(sums);
        (Take::new(own).u32() == Some(crc) && crc == record.footer_crc).then(|| Blocks::new(sums))
    };
    let first = is_sound(&bytes[parts.covered..parts.footer_end]);
    if parts.form == Form::Plain {
        return first.ok_or_else(|| bad_footer(file, parts.covered));
    }
    let second = is_sound(&bytes[parts.footer_end..]);
    match (first, second) {
        (Some(blocks), Some(_)) => Ok(blocks),
        (Some(blocks), None) => Ok(blocks.with_flaw(parts.footer_end)),
        (None, Some(blocks)) => Ok(blocks.with_flaw(parts.covered)),
        (None, None) => Err(bad_footer(file, parts.covered)),
    }
}

fn bad_footer(file: &str, at: usize) -> StoreError {
    StoreError::corrupt(file, at as u64, "the checksum of its footer does not match")
}
