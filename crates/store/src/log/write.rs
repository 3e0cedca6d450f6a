use super::file_name;
use super::frame::{KILL_BYTES, Kill, MAY_BE_FOLLOWED};
use super::sectors::num_zero_sectors;
use crate::backend::{AlignedBytes, Backend, FileWriter};
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::rows::Encoder;
use crate::wire::{ALIGNMENT, padded};
use crate::{Result, StoreError};

/// Largest batch, in bytes of its frame.
pub const MAX_BATCH_BYTES: u64 = 1 << 30;

/// The place where a frame will stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    /// Its offset in the log.
    pub(crate) at: u64,
    /// Bytes of the log before it that are not synced yet.
    pub(crate) unsynced_bytes: u64,
    /// True if it is synced before anything follows it.
    pub(crate) is_synced: bool,
}

/// Builds the frame of one batch for a place in the log.
///
/// # Errors
/// [`StoreError::Limit`] above [`MAX_BATCH_BYTES`].
pub(crate) fn encode_frame(
    sequence: u64,
    next_id: u64,
    kills: &[Kill],
    rows: &Encoder<'_>,
    place: Position,
) -> Result<AlignedBytes> {
    let length = padded(kills.len() * KILL_BYTES)
        .and_then(|kills_bytes| {
            kills_bytes.checked_add(HEADER_BYTES)?.checked_add(rows.shape().total_bytes())
        })
        .filter(|&length| length as u64 <= MAX_BATCH_BYTES);
    let Some(length) = length else {
        let found = (rows.shape().total_bytes() as u64).saturating_add((kills.len() * KILL_BYTES) as u64);
        return Err(StoreError::Limit { what: "a batch (in bytes)", found, limit: MAX_BATCH_BYTES });
    };
    let mut frame = AlignedBytes::with_capacity(length);
    frame.append(&[0; HEADER_BYTES]);
    for kill in kills {
        frame.append(&kill.encode());
    }
    frame.append(&[0; HEADER_BYTES][..padded(frame.len()).map_or(0, |end| end - frame.len())]);
    rows.write(&mut |bytes| {
        frame.append(bytes);
        Ok(())
    })?;
    let mut header = Header::new(Kind::Frame, sequence, (length - HEADER_BYTES) as u64);
    header.content_crc = crc32fast::hash(&frame[HEADER_BYTES..]);
    // The header itself is never all zeros, so the count is right before it is in place once its magic is.
    frame.as_mut_slice()[..8].copy_from_slice(Kind::Frame.magic());
    header.unsynced = (place.unsynced_bytes / ALIGNMENT as u64) as u32;
    if !place.is_synced {
        header.unsynced |= MAY_BE_FOLLOWED;
    }
    header.extra = [next_id, kills.len() as u64, num_zero_sectors(&frame, place.at)];
    frame.as_mut_slice()[..HEADER_BYTES].copy_from_slice(&header.encode());
    Ok(frame)
}

/// The log that batches are appended to.
pub(crate) struct LogWriter {
    number: u64,
    file: Box<dyn FileWriter>,
    length: u64,
    synced: u64,
}

impl LogWriter {
    /// Starts an empty log and makes its bytes durable; its name becomes so with the folder's next sync.
    pub(crate) fn create(backend: &dyn Backend, number: u64) -> Result<Self> {
        let name = file_name(number);
        let mut file = backend.create(&name).map_err(StoreError::io("create", &name))?;
        file.write(&Header::new(Kind::Log, number, 0).encode()).map_err(StoreError::io("write", &name))?;
        file.sync().map_err(StoreError::io("sync", &name))?;
        let length = HEADER_BYTES as u64;
        Ok(Self { number, file, length, synced: length })
    }

    /// Goes on with a log that was read up to its end.
    pub(crate) fn resume(backend: &dyn Backend, number: u64, length: u64) -> Result<Self> {
        let name = file_name(number);
        let file = backend.append(&name).map_err(StoreError::io("open", &name))?;
        Ok(Self { number, file, length, synced: length })
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Bytes that were written.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Bytes that are durable: everything up to the end of a frame.
    pub(crate) fn synced(&self) -> u64 {
        self.synced
    }

    /// The place of the next frame.
    pub(crate) fn place(&self, is_synced: bool) -> Position {
        Position { at: self.length, unsynced_bytes: self.length - self.synced, is_synced }
    }

    /// Appends a frame; [`LogWriter::sync`] makes it durable.
    pub(crate) fn append(&mut self, frame: &[u8]) -> Result<()> {
        self.file
            .write(frame)
            .map_err(|error| StoreError::io("append to", &file_name(self.number))(error))?;
        self.length += frame.len() as u64;
        Ok(())
    }

    /// Makes all frames durable. Cost: none when they are.
    pub(crate) fn sync(&mut self) -> Result<()> {
        if self.synced < self.length {
            self.file.sync().map_err(|error| StoreError::io("sync", &file_name(self.number))(error))?;
            self.synced = self.length;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{KEYS, RowSource};

    /// Many rows of the same large value, none of which is copied.
    struct Large(Vec<u8>);

    impl RowSource for Large {
        fn num_rows(&self) -> usize {
            17
        }

        fn cell(&self, section: usize, row: usize) -> Result<&[u8]> {
            Ok(if section == KEYS { &[b'a'; 17][row..] } else { &self.0 })
        }
    }

    #[test]
    fn a_batch_above_the_limit_is_refused_before_memory_is_taken() {
        let rows = Large(vec![0; 64 << 20]);
        let encoder = Encoder::new(&rows, &[Some(8), Some(4), None, None]).unwrap();
        let error =
            encode_frame(1, 1, &[], &encoder, Position { at: 64, unsynced_bytes: 0, is_synced: true })
                .unwrap_err();
        assert!(matches!(error, StoreError::Limit { limit: MAX_BATCH_BYTES, .. }), "{error}");
    }
}
