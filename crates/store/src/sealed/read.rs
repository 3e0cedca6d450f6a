use super::{BLOCK_BYTES, Blocks, SealedFile};
use crate::backend::{Backend, FileBytes};
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::wire::{ALIGNMENT, Take};
use crate::{Result, StoreError};

/// A file that was found to be the one recorded; its blocks are compared when they are touched.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) header: Header,
    pub(crate) bytes: FileBytes,
    /// Bytes before the footer.
    pub(crate) covered: usize,
    pub(crate) blocks: Blocks,
}

/// Opens the file that the manifest records.
///
/// Cost: independent of its length but for the footer, 4 bytes per 64 KiB.
///
/// # Errors
/// [`StoreError::Corrupt`] when the file is not the one recorded; `Io` with `NotFound` when there is none.
pub(crate) fn open(backend: &dyn Backend, file: &str, kind: Kind, record: &SealedFile) -> Result<Sealed> {
    let length = backend.length(file).map_err(StoreError::io("open", file))?;
    if length != record.file_bytes {
        let what = format!("it has {length} bytes, the manifest records {}", record.file_bytes);
        return Err(StoreError::corrupt(file, length.min(record.file_bytes), what));
    }
    let bytes = backend.map(file).map_err(StoreError::io("map", file))?;
    if bytes.len() as u64 != length {
        return Err(StoreError::corrupt(file, bytes.len() as u64, "its length changed while it was opened"));
    }
    let covered = covered_bytes(bytes.len())
        .ok_or_else(|| StoreError::corrupt(file, 0, format!("no such file has {length} bytes")))?;
    let blocks = check_footer(&bytes[covered..], record, file, covered as u64)?;
    Sealed::of(bytes, covered, blocks, (file, kind), record.number)
}

/// The record of a file that no manifest names, as its own footer says: the blocks are compared with it like any other.
pub(crate) fn of_itself(backend: &dyn Backend, file: &str, number: u64) -> Result<SealedFile> {
    let file_bytes = backend.length(file).map_err(StoreError::io("open", file))?;
    let mut own = [0; 4];
    let at = file_bytes.saturating_sub(4);
    backend.read(file, at, &mut own).map_err(StoreError::io("read", file))?;
    Ok(SealedFile { number, file_bytes, footer_crc: u32::from_le_bytes(own) })
}

impl Sealed {
    /// Puts bytes and checksums together, and reads the header.
    pub(crate) fn of(
        bytes: FileBytes,
        covered: usize,
        blocks: Blocks,
        (file, kind): (&str, Kind),
        number: u64,
    ) -> Result<Self> {
        let first = blocks.read(&bytes[..covered], 0, HEADER_BYTES, file)?;
        let header = Header::read(first, kind, number, file)?;
        Ok(Self { header, bytes, covered, blocks })
    }
}

/// How many bytes of a file of this length stand before its footer: the length tells, since both the covered
/// part and the footer follow from the number of blocks.
pub(crate) fn covered_bytes(length: usize) -> Option<usize> {
    let with_sums = length.checked_sub(4)?;
    let num_blocks = with_sums.div_ceil(BLOCK_BYTES + 4);
    let covered = with_sums.checked_sub(4 * num_blocks)?;
    let fits = covered.div_ceil(BLOCK_BYTES) == num_blocks && covered.is_multiple_of(ALIGNMENT);
    (fits && covered >= HEADER_BYTES).then_some(covered)
}

fn check_footer(footer: &[u8], record: &SealedFile, file: &str, at: u64) -> Result<Blocks> {
    let (sums, own) = footer.split_at(footer.len() - 4);
    let blocks = Blocks::new(sums);
    if Take::new(own).u32() != Some(blocks.footer_crc()) || blocks.footer_crc() != record.footer_crc {
        return Err(StoreError::corrupt(file, at, "the checksum of its footer does not match"));
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_tells_where_the_footer_starts() {
        for covered in (64..5 * BLOCK_BYTES).step_by(ALIGNMENT) {
            let length = covered + 4 * covered.div_ceil(BLOCK_BYTES) + 4;
            assert_eq!(covered_bytes(length), Some(covered));
        }
        assert_eq!(covered_bytes(3), None);
        assert_eq!(covered_bytes(64 + 7), None);
        assert_eq!(covered_bytes(129), None);
    }
}
