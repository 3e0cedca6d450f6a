//! Coarse codes of a segment's FDEs, back to back: what the first level of a scan reads. They follow from the segment,
//! and are kept as its attachment.

use crate::Snapshot;
use crate::collection::Shared;
use crate::columns::FDE;
use crate::error::{Error, Result};
use pleiad_compress::quantize::{CoarseFdeCodec, FdeCodec};
use pleiad_store::{Blob, PartId, PartView, SharedWriter};
use std::ops::Range;

/// The name of the attachment.
pub(crate) const ATTACHMENT: &str = "coarse-fdes";

/// How it begins: the digit is the version.
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
    pub(crate) fn of(part: &'a PartView, codec: &FdeCodec) -> Result<Option<Self>> {
        let (Some(codec), Some(blob)) = (codec.coarse(), part.attachment(ATTACHMENT)) else {
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

/// The attachment of a segment; nothing where it is to have none. Cost: one pass over its FDE codes, and an eighth of
/// them in memory.
pub(crate) fn build(part: &PartView, codec: &FdeCodec) -> Result<Option<Vec<u8>>> {
    let Some(coarse) = codec.coarse().filter(|_| part.num_rows() >= MIN_ROWS) else { return Ok(None) };
    let num_rows = part.num_rows();
    let mut bytes = header_of(num_rows, coarse);
    bytes.reserve_exact(num_rows as usize * coarse.bytes());
    for start in (0..num_rows).step_by(BLOCK_ROWS as usize) {
        let end = num_rows.min(start.saturating_add(BLOCK_ROWS));
        coarse.take(part.fixed_rows(FDE, start..end)?, &mut bytes);
    }
    Ok(Some(bytes))
}

/// Whether a part has them, so that a scan may have two levels.
pub(crate) fn are_there(snapshot: &Snapshot) -> Result<bool> {
    for part in snapshot.view.parts() {
        if CoarseFdes::of(part, &snapshot.shared.codecs.fde_code)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Gives one segment its coarse codes; false when all have them.
pub(crate) fn attach_next(store: &SharedWriter, shared: &Shared) -> Result<bool> {
    let (view, codec) = (store.view(), &shared.codecs.fde_code);
    for part in view.parts() {
        let is_segment = matches!(part.part_id(), PartId::Segment(_));
        if !is_segment || part.attachment(ATTACHMENT).is_some() {
            continue;
        }
        if let Some(bytes) = build(part, codec)? {
            store.with(|writer| writer.attach(part.part_id(), ATTACHMENT, &bytes))?;
            return Ok(true);
        }
    }
    Ok(false)
}
