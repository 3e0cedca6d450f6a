use super::sectors::num_zero_sectors;
use crate::backend::AlignedBytes;
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::rows::{RowBytes, Rows};
use crate::view::PartId;
use crate::wire::{ALIGNMENT, Take, padded};
use crate::{Result, StoreError};
use std::sync::Arc;

/// Bytes of one kill.
pub(crate) const KILL_BYTES: usize = 16;

/// Bit of a frame header's `unsynced`: the frame after it may have been written before it was synced.
pub(crate) const MAY_BE_FOLLOWED: u32 = 1 << 31;

/// A row that a batch replaced or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kill {
    pub(crate) part: PartId,
    pub(crate) row: u32,
}

impl Kill {
    pub(crate) fn encode(self) -> [u8; KILL_BYTES] {
        let (number, kind) = match self.part {
            PartId::Segment(number) => (number, 0u32),
            PartId::Batch(sequence) => (sequence, 1),
        };
        let mut bytes = [0; KILL_BYTES];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.row.to_le_bytes());
        bytes[12..].copy_from_slice(&kind.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut take = Take::new(bytes);
        let (number, row, kind) = (take.u64()?, take.u32()?, take.u32()?);
        let part = match kind {
            0 => PartId::Segment(number),
            1 => PartId::Batch(number),
            _ => return None,
        };
        Some(Self { part, row })
    }
}

/// One committed batch, read back.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) sequence: u64,
    /// The first document id that is still free after it.
    pub(crate) next_id: u64,
    pub(crate) kills: Vec<Kill>,
    pub(crate) rows: Arc<Rows>,
}

/// Why a frame that is all there is not what was written.
pub(crate) enum BadFrame {
    /// More sectors are zero than the writer wrote: they never reached the disk.
    LostSectors,
    /// Nothing that a crash does explains it.
    Corrupt(StoreError),
}

impl Batch {
    /// Reads a whole frame, whose header was decoded before, and compares its checksum. `at` is its file and place.
    pub(crate) fn decode(
        bytes: AlignedBytes,
        header: &Header,
        (file, at): (&str, u64),
        widths: &[Option<u32>],
    ) -> std::result::Result<Self, BadFrame> {
        let content = &bytes[HEADER_BYTES..];
        if crc32fast::hash(content) != header.content_crc {
            if num_zero_sectors(&bytes, at) > header.extra[2] {
                return Err(BadFrame::LostSectors);
            }
            let what = format!("the checksum of batch {} does not match", header.number);
            return Err(BadFrame::Corrupt(StoreError::corrupt(file, at, what)));
        }
        Self::parse(bytes, header, (file, at), widths).map_err(BadFrame::Corrupt)
    }

    /// Reads a frame that was just built.
    pub(crate) fn reopen(bytes: AlignedBytes, file: &str, at: u64, widths: &[Option<u32>]) -> Result<Self> {
        let header = Header::decode(&bytes, Kind::Frame).map_err(|bad| bad.into_error(file, at))?;
        Self::parse(bytes, &header, (file, at), widths)
    }

    fn parse(
        bytes: AlignedBytes,
        header: &Header,
        (file, at): (&str, u64),
        widths: &[Option<u32>],
    ) -> Result<Self> {
        let corrupt = |what: &str| StoreError::corrupt(file, at, format!("batch {}: {what}", header.number));
        let kills_bytes = usize::try_from(header.extra[1]).ok().and_then(|num| num.checked_mul(KILL_BYTES));
        let Some((kills_bytes, rows_at)) = kills_bytes
            .and_then(|length| Some((length, padded(length)?.checked_add(HEADER_BYTES)?)))
            .filter(|&(_, rows_at)| rows_at <= bytes.len())
        else {
            return Err(corrupt("more kills than it has room for"));
        };
        let kills = bytes[HEADER_BYTES..HEADER_BYTES + kills_bytes].chunks_exact(KILL_BYTES);
        let kills = kills.map(Kill::decode).collect::<Option<Vec<_>>>();
        let kills = kills.ok_or_else(|| corrupt("a kill of an unknown kind"))?;
        let rows = rows_at..bytes.len();
        let source = RowBytes { bytes: bytes.into(), rows, blocks: None, file: file.to_owned(), file_at: at };
        let rows = Rows::open(source, widths)?;
        Ok(Self { sequence: header.number, next_id: header.extra[0], kills, rows: Arc::new(rows) })
    }
}

/// If a frame begins at these 64 bytes, which stand at `at` of the log: how much of the log was synced when it was
/// written.
pub(crate) fn synced_before(bytes: &[u8], at: u64) -> Option<u64> {
    match Header::decode(bytes, Kind::Frame) {
        Ok(header) => {
            Some(at.saturating_sub(u64::from(header.unsynced & !MAY_BE_FOLLOWED) * ALIGNMENT as u64))
        }
        Err(_) => None,
    }
}

/// True if these 64 bytes begin a frame.
pub(crate) fn begins_frame(bytes: &[u8]) -> bool {
    Header::decode(bytes, Kind::Frame).is_ok()
}
