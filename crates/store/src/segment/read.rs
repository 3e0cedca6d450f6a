use super::file_name;
use crate::backend::Backend;
use crate::checksummed::{self, Checksummed};
use crate::header::{HEADER_BYTES, Kind};
use crate::manifest::SegmentRecord;
use crate::rows::{RowBytes, Rows};
use crate::{Result, StoreError};

/// Opens the segment that the manifest records.
///
/// Cost: independent of the number of documents but for the footer, 4 bytes per 64 KiB.
///
/// # Errors
/// [`StoreError::Corrupt`] when the file is not the one recorded; `Io` with `NotFound` when there is none.
pub(crate) fn open(backend: &dyn Backend, record: &SegmentRecord, widths: &[Option<u32>]) -> Result<Rows> {
    let file = file_name(record.file.number);
    read(checksummed::open(backend, &file, Kind::Segment, &record.file)?, &file, record, widths)
}

/// The rows of a file that was opened under any name.
pub(crate) fn read(
    opened: Checksummed,
    file: &str,
    record: &SegmentRecord,
    widths: &[Option<u32>],
) -> Result<Rows> {
    let rows = rows(opened, file, widths)?;
    if rows.num_rows() != record.num_rows {
        let what = format!("it has {} rows, the manifest records {}", rows.num_rows(), record.num_rows);
        return Err(rows.corrupt(0, what));
    }
    Ok(rows)
}

/// The same of a file that no manifest records.
pub(crate) fn rows(opened: Checksummed, file: &str, widths: &[Option<u32>]) -> Result<Rows> {
    let Checksummed { header, bytes, parts, blocks } = opened;
    let rows = HEADER_BYTES..parts.content_end;
    if header.length != rows.len() as u64 || rows.is_empty() {
        let what = format!("its header says {} bytes of rows, it has {}", header.length, rows.len());
        return Err(StoreError::corrupt(file, 16, what));
    }
    let source =
        RowBytes { bytes, rows, blocks: Some((blocks, parts.covered)), file: file.to_owned(), file_at: 0 };
    Rows::open(source, widths)
}
