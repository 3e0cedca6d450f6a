use super::file_name;
use super::frame::{BadFrame, Batch, MAY_BE_FOLLOWED, synced_before};
use crate::backend::{AlignedBytes, Backend};
use crate::header::{BadHeader, HEADER_BYTES, Header, Kind};
use crate::{Result, StoreError};

/// Bytes of a damaged tail that are looked at in one read.
const SCAN_BYTES: usize = 1 << 20;

/// Reads a log from front to back, and later what was appended since.
#[derive(Debug, Clone)]
pub(crate) struct LogReader {
    number: u64,
    file: String,
    /// End of the last good frame.
    offset: u64,
    /// Sequence of the last good frame.
    sequence: u64,
    /// Bytes that were synced before the manifest was written: nothing excuses their absence.
    durable: u64,
}

/// The sequence that the first batch of a log follows, as that batch says; of an empty log it is of no account.
pub(crate) fn sequence_before(backend: &dyn Backend, file: &str) -> Result<u64> {
    let mut header = [0; HEADER_BYTES];
    let filled =
        backend.read(file, HEADER_BYTES as u64, &mut header).map_err(StoreError::io("read", file))?;
    let first = Header::decode(&header[..filled], Kind::Frame);
    Ok(first.map_or(0, |first| first.number.saturating_sub(1)))
}

impl LogReader {
    /// Opens a log whose first batch follows `sequence`, and of which `durable` bytes must be there.
    pub(crate) fn open(backend: &dyn Backend, number: u64, sequence: u64, durable: u64) -> Result<Self> {
        Self::open_as(backend, &file_name(number), number, sequence, durable)
    }

    /// The same under another name.
    pub(crate) fn open_as(
        backend: &dyn Backend,
        file: &str,
        number: u64,
        sequence: u64,
        durable: u64,
    ) -> Result<Self> {
        let file = file.to_owned();
        let mut header = [0; HEADER_BYTES];
        let filled = backend.read(&file, 0, &mut header).map_err(StoreError::io("read", &file))?;
        Header::read(&header[..filled], Kind::Log, number, &file)?;
        Ok(Self { number, file, offset: HEADER_BYTES as u64, sequence, durable })
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// End of the last good frame.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Length of the file now.
    pub(crate) fn file_bytes(&self, backend: &dyn Backend) -> Result<u64> {
        backend.length(&self.file).map_err(StoreError::io("open", &self.file))
    }

    /// The next batch, or `None` at the end of what was acknowledged.
    ///
    /// A frame that a crash explains (it is cut short, or sectors of it are zeros that were none, and no frame was
    /// written after it had been synced) was never durable, and ends the log. Memory is taken only for bytes that the file has.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for anything else that is not a good frame.
    pub(crate) fn next(&mut self, backend: &dyn Backend, widths: &[Option<u32>]) -> Result<Option<Batch>> {
        let length = self.file_bytes(backend)?;
        let rest = length.saturating_sub(self.offset);
        if rest == 0 {
            return if length < self.durable { Err(self.shortened(length)) } else { Ok(None) };
        }
        let mut start = [0; HEADER_BYTES];
        let filled = self.read(backend, self.offset, &mut start)?;
        let start = &start[..filled];
        let header = match Header::decode(start, Kind::Frame) {
            Ok(header) => header,
            Err(bad) => return self.end_at_bad_header(backend, start, bad, length),
        };
        let frame_bytes = header.length.saturating_add(HEADER_BYTES as u64);
        if frame_bytes > rest {
            return self.end_if_unacknowledged(|| "it ends inside a batch".into());
        }
        if Some(header.number) != self.sequence.checked_add(1) {
            let what = format!("batch {} follows batch {}", header.number, self.sequence);
            return Err(self.corrupt(what));
        }
        let mut bytes = AlignedBytes::zeroed(frame_bytes as usize);
        if self.read(backend, self.offset, bytes.as_mut_slice())? as u64 != frame_bytes {
            return self.end_if_unacknowledged(|| "it became shorter while it was read".into());
        }
        match Batch::decode(bytes, &header, (&self.file, self.offset), widths) {
            Ok(batch) => {
                self.offset += frame_bytes;
                self.sequence = batch.sequence;
                Ok(Some(batch))
            }
            Err(BadFrame::LostSectors) if frame_bytes < rest && header.unsynced & MAY_BE_FOLLOWED == 0 => {
                Err(self.corrupt(format!("a sector of batch {} is lost, yet more follows it", header.number)))
            }
            Err(BadFrame::LostSectors) => {
                self.end_if_never_synced(backend, length, &format!("a sector of batch {}", header.number))
            }
            Err(BadFrame::Corrupt(error)) => Err(error),
        }
    }

    /// Ends the log where no header can be read. The frame's length is unknown then: it must be the last thing in the file.
    fn end_at_bad_header(
        &self,
        backend: &dyn Backend,
        start: &[u8],
        bad: BadHeader,
        length: u64,
    ) -> Result<Option<Batch>> {
        let cut_short = bad == BadHeader::Short;
        // A header lies within one sector, so a crash loses it as a whole.
        let lost = start.iter().all(|&byte| byte == 0);
        if !cut_short && !lost {
            return Err(bad.into_error(&self.file, self.offset));
        }
        self.end_if_never_synced(backend, length, "the header of a batch")
    }

    /// Ends the log at the current place, where something is lost, unless a later frame tells that it was synced.
    fn end_if_never_synced(&self, backend: &dyn Backend, length: u64, lost: &str) -> Result<Option<Batch>> {
        if self.was_synced(backend, length)? {
            return Err(self.corrupt(format!("{lost} is lost, yet another follows that was written later")));
        }
        self.end_if_unacknowledged(|| format!("{lost} is lost"))
    }

    /// True if any frame behind the current place was written after what is there was synced; frames begin at
    /// multiples of 64.
    fn was_synced(&self, backend: &dyn Backend, length: u64) -> Result<bool> {
        let mut buffer = vec![0; SCAN_BYTES.min((length - self.offset) as usize)];
        let mut at = self.offset + HEADER_BYTES as u64;
        while at < length {
            let filled = self.read(backend, at, &mut buffer)?;
            let starts = (at..).step_by(HEADER_BYTES).zip(buffer[..filled].chunks_exact(HEADER_BYTES));
            let mut synced = starts.filter_map(|(at, bytes)| synced_before(bytes, at));
            if synced.any(|synced| synced > self.offset) {
                return Ok(true);
            }
            at += SCAN_BYTES as u64;
        }
        Ok(false)
    }

    fn read(&self, backend: &dyn Backend, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        backend.read(&self.file, offset, buffer).map_err(StoreError::io("read", &self.file))
    }

    fn end_if_unacknowledged(&self, what: impl FnOnce() -> String) -> Result<Option<Batch>> {
        if self.offset < self.durable { Err(self.corrupt(what())) } else { Ok(None) }
    }

    fn shortened(&self, length: u64) -> StoreError {
        let what = format!("it has {length} bytes, of which {} were durable: its end is lost", self.durable);
        StoreError::corrupt(&self.file, length, what)
    }

    fn corrupt(&self, what: String) -> StoreError {
        StoreError::corrupt(&self.file, self.offset, what)
    }
}
