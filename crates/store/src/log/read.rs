use super::file_name;
use super::frame::{BadFrame, Batch, begins_frame};
use crate::backend::{AlignedBytes, Backend};
use crate::header::{BadHeader, HEADER_BYTES, Header, Kind};
use crate::{Result, StoreError};

/// How much of a damaged tail is looked at in one read.
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
    /// What is before this was synced before the manifest was written: nothing excuses its absence.
    durable: u64,
}

impl LogReader {
    /// Opens a log whose first batch follows `sequence`, and of which `durable` bytes must be there.
    pub(crate) fn open(backend: &dyn Backend, number: u64, sequence: u64, durable: u64) -> Result<Self> {
        let file = file_name(number);
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
    /// A last frame that a crash explains (it is cut short, or sectors of it are zeros that were none) was never
    /// acknowledged, and ends the log. Memory is taken only for bytes that the file has.
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
            Err(BadFrame::LostSectors) if frame_bytes == rest => {
                self.end_if_unacknowledged(|| format!("sectors of batch {} are lost", header.number))
            }
            Err(BadFrame::LostSectors) => {
                Err(self.corrupt(format!("sectors of batch {} are lost, yet more follows it", header.number)))
            }
            Err(BadFrame::Corrupt(error)) => Err(error),
        }
    }

    /// Where no header can be read the frame's length is unknown: it must be the last thing in the file.
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
        if self.frame_follows(backend, length)? {
            return Err(self.corrupt("the header of a batch is lost, yet another follows it".into()));
        }
        self.end_if_unacknowledged(|| "the header of a batch is lost".into())
    }

    /// Whether a frame begins anywhere behind the current place; frames begin at multiples of 64.
    fn frame_follows(&self, backend: &dyn Backend, length: u64) -> Result<bool> {
        let mut buffer = vec![0; SCAN_BYTES.min((length - self.offset) as usize)];
        let mut at = self.offset + HEADER_BYTES as u64;
        while at < length {
            let filled = self.read(backend, at, &mut buffer)?;
            if buffer[..filled].chunks_exact(HEADER_BYTES).any(begins_frame) {
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
