//! Coarse codes of a segment's FDEs, back to back: what the first level of a scan reads. They follow from the segment,
//! and are kept as its attachment.

use crate::error::{Error, Result};
use crate::maintenance::attachment::Attachment;
use crate::vector_field::VectorField;
use pleiad_compress::quantize::CoarseFdeCodec;
use pleiad_store::{Blob, PartView, View};
use std::ops::Range;

/// First bytes: the digit is the version.
const MAGIC: [u8; 8] = *b"PLCOARS1";

/// Magic, number of rows and width (u32 each), zeros: the codes begin at a multiple of 64.
const HEADER_BYTES: usize = 64;

/// Segments of fewer rows are scanned whole: that takes a millisecond or so.
const MIN_ROWS: u32 = 8192;

/// Rows that are read at a time.
const BLOCK_ROWS: u32 = 4096;

/// The coarse codes of one part.
pub(crate) struct CoarseFdes<'a> {
    codec: CoarseFdeCodec,
    blob: &'a Blob,
}

impl<'a> CoarseFdes<'a> {
    /// Those of a part; nothing where it has none, or has them as another release writes them.
    pub(crate) fn of(part: &'a PartView, field: &VectorField) -> Result<Option<Self>> {
        let (Some(codec), Some(blob)) = (field.fde_code.coarse(), part.attachment(&field.names.coarse_fdes))
        else {
            return Ok(None);
        };
        let damaged = || {
            let message = format!("{}: it has no coarse codes of {}", blob.file(), part.name());
            Error::corrupt(format!("{message}: `pleiad compact` makes new ones"))
        };
        if blob.len() < HEADER_BYTES {
            return Err(damaged());
        }
        let header = blob.slice(0..HEADER_BYTES)?;
        if header[..MAGIC.len()] != MAGIC {
            return Ok(None);
        }
        let expected = HEADER_BYTES + part.num_rows() as usize * codec.bytes();
        if header != &header_of(part.num_rows(), codec)[..] || blob.len() != expected {
            return Err(damaged());
        }
        Ok(Some(Self { codec, blob }))
    }

    /// Bytes of each code.
    pub(crate) fn width(&self) -> u64 {
        self.codec.bytes() as u64
    }

    /// The codes of consecutive rows of the part. Cost: no copy.
    pub(crate) fn rows(&self, rows: Range<u32>) -> Result<&'a [u8]> {
        let at = |row: u32| HEADER_BYTES + row as usize * self.codec.bytes();
        Ok(self.blob.slice(at(rows.start)..at(rows.end))?)
    }
}

fn header_of(num_rows: u32, codec: CoarseFdeCodec) -> Vec<u8> {
    let mut header = [&MAGIC[..], &num_rows.to_le_bytes(), &(codec.bytes() as u32).to_le_bytes()].concat();
    header.resize(HEADER_BYTES, 0);
    header
}

/// The coarse codes that segments of a collection are to have.
pub(crate) struct CoarseAttachment<'a> {
    field: &'a VectorField,
    codec: CoarseFdeCodec,
}

impl<'a> CoarseAttachment<'a> {
    /// Nothing where FDE codes have no coarse ones.
    pub(crate) fn of(field: &'a VectorField) -> Option<Self> {
        field.fde_code.coarse().map(|codec| Self { field, codec })
    }
}

impl Attachment for CoarseAttachment<'_> {
    fn name(&self) -> &str {
        &self.field.names.coarse_fdes
    }

    fn is_missing(&self, segment: &PartView) -> Result<bool> {
        Ok(segment.num_rows() >= MIN_ROWS && segment.attachment(self.name()).is_none())
    }

    /// Cost: one pass over the FDE codes, and an eighth of them in memory.
    fn build(&self, segment: &PartView) -> Result<Vec<u8>> {
        let num_rows = segment.num_rows();
        let mut bytes = header_of(num_rows, self.codec);
        bytes.reserve_exact(num_rows as usize * self.codec.bytes());
        for start in (0..num_rows).step_by(BLOCK_ROWS as usize) {
            let end = num_rows.min(start.saturating_add(BLOCK_ROWS));
            self.codec.take(segment.fixed_rows(self.field.columns.fde, start..end)?, &mut bytes);
        }
        Ok(bytes)
    }

    fn merge_bytes_per_row(&self, _parts: &[PartView]) -> u64 {
        self.codec.bytes() as u64
    }
}

/// Returns whether a part has them, so that a scan may have two stages.
pub(crate) fn are_there(field: &VectorField, view: &View) -> Result<bool> {
    for part in view.parts() {
        if CoarseFdes::of(part, field)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
