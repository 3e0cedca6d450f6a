use super::manifest::put_back_header;
use super::{Repair, RepairEvent, bit_flip, judge};
use crate::backend::AlignedBytes;
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::log::{self, Batch, LogReader};
use crate::manifest::{LogRecord, Manifest};
use crate::view::{PartId, PartView, State};
use crate::{Result, StoreError};
use std::sync::Arc;

/// Most keys of a lost batch that are reported.
const MAX_KEYS: u32 = 1000;

impl Repair<'_> {
    /// The batches of the log that can be read, each with the bytes of its frame.
    pub(super) fn batches(&mut self, manifest: &Manifest) -> Result<Vec<(Batch, u64)>> {
        let Some(record) = manifest.log else { return Ok(Vec::new()) };
        let widths = manifest.layout.widths();
        match judge(self.sound_batches(manifest, record, &widths))? {
            Ok(batches) => Ok(batches),
            Err(error) => self.salvaged_batches(manifest, record, &widths, &error),
        }
    }

    fn sound_batches(
        &self,
        manifest: &Manifest,
        record: LogRecord,
        widths: &[Option<u32>],
    ) -> Result<Vec<(Batch, u64)>> {
        let mut reader =
            LogReader::open(self.backend, record.number, manifest.sequence, record.durable_bytes)?;
        let mut batches = Vec::new();
        loop {
            let before = reader.offset();
            let Some(batch) = reader.next(self.backend, widths)? else { return Ok(batches) };
            batches.push((batch, reader.offset() - before));
        }
    }

    fn salvaged_batches(
        &mut self,
        manifest: &Manifest,
        record: LogRecord,
        widths: &[Option<u32>],
        error: &StoreError,
    ) -> Result<Vec<(Batch, u64)>> {
        let file = log::file_name(record.number);
        self.is_damaged(&file);
        let read = self.backend.read_all(&file).map_err(StoreError::io("read", &file));
        let mut bytes = judge(read)?.unwrap_or_default();
        if let Some(what) = put_back_header(&mut bytes, 0, Kind::Log) {
            self.restored(&file, what);
        }
        let (mut batches, mut at, mut sequence) = (Vec::new(), HEADER_BYTES, manifest.sequence);
        while at < bytes.len() {
            match self.batch(&file, &mut bytes, at, sequence, widths) {
                Some((batch, frame_bytes)) => {
                    sequence = batch.sequence;
                    at += frame_bytes;
                    batches.push((batch, frame_bytes as u64));
                }
                None => at = self.lost(&file, &bytes, at, widths, error),
            }
        }
        let end = bytes.len().max(HEADER_BYTES) as u64;
        // Of a log that is missing nobody knows how long it was.
        if end < record.durable_bytes || bytes.len() < HEADER_BYTES {
            let (from, to) = (end, record.durable_bytes.max(end));
            self.report(RepairEvent::LostBatches {
                file,
                from,
                to,
                keys: Vec::new(),
                why: error.to_string(),
            });
        }
        Ok(batches)
    }

    /// The batch whose frame begins there, with flipped bits put back: two of its header, one of what follows.
    fn batch(
        &mut self,
        file: &str,
        bytes: &mut [u8],
        at: usize,
        sequence: u64,
        widths: &[Option<u32>],
    ) -> Option<(Batch, usize)> {
        let of_header = put_back_header(&mut bytes[at..], at, Kind::Frame);
        let Ok(header) = Header::decode(&bytes[at..], Kind::Frame) else { return None };
        let frame_bytes = usize::try_from(header.file_bytes()).ok()?;
        let frame = bytes.get_mut(at..at.checked_add(frame_bytes)?)?;
        let content = &mut frame[HEADER_BYTES..];
        let is_sound = crc32fast::hash(content) == header.content_crc;
        let of_content = if is_sound {
            None
        } else {
            let byte = bit_flip::put_back(content, header.content_crc)?;
            Some(format!("one bit of byte {} had changed", at + HEADER_BYTES + byte))
        };
        let Ok(batch) = Batch::reopen(aligned(frame), file, at as u64, widths) else { return None };
        if batch.sequence <= sequence {
            return None;
        }
        of_header.into_iter().chain(of_content).for_each(|what| self.restored(file, what));
        Some((batch, frame_bytes))
    }

    /// Reports what is lost from there on, and returns where the next frame begins.
    fn lost(
        &mut self,
        file: &str,
        bytes: &[u8],
        at: usize,
        widths: &[Option<u32>],
        error: &StoreError,
    ) -> usize {
        let starts = (at + HEADER_BYTES..bytes.len()).step_by(HEADER_BYTES);
        let next = starts.into_iter().find(|&next| log::begins_frame(&bytes[next..]));
        let next = next.unwrap_or(bytes.len());
        if bytes[at..next].iter().any(|&byte| byte != 0) {
            let keys = Batch::reopen(aligned(&bytes[at..next]), file, at as u64, widths)
                .map(|batch| readable_keys(&batch))
                .unwrap_or_default();
            let (from, to) = (at as u64, next as u64);
            self.report(RepairEvent::LostBatches {
                file: file.to_owned(),
                from,
                to,
                keys,
                why: error.to_string(),
            });
        }
        next
    }

    /// Adds a batch; kills of rows that are lost only say that these were no longer live.
    pub(super) fn add(&mut self, state: &mut State, batch: Batch, frame_bytes: u64) {
        for kill in &batch.kills {
            let found = state.parts.iter_mut().find(|part| part.part_id() == kill.part);
            let lost = self.lost.iter_mut().find(|lost| PartId::Segment(lost.number) == kill.part);
            if let Some(part) = found.filter(|part| kill.row < part.num_rows()) {
                part.delete(kill.row);
            } else if let Some(lost) = lost.filter(|lost| kill.row < lost.num_rows) {
                lost.deleted.insert(kill.row);
            }
        }
        state.sequence = batch.sequence;
        state.next_id = state.next_id.max(batch.next_id);
        state.num_batches += 1;
        if batch.rows.num_rows() > 0 {
            let id = PartId::Batch(batch.sequence);
            state.parts.push(PartView::new(id, batch.rows, Arc::default(), &state.layout, frame_bytes));
        }
    }
}

fn aligned(frame: &[u8]) -> AlignedBytes {
    let mut bytes = AlignedBytes::with_capacity(frame.len());
    bytes.append(frame);
    bytes
}

fn readable_keys(batch: &Batch) -> Vec<String> {
    let rows = 0..batch.rows.num_rows().min(MAX_KEYS);
    rows.filter_map(|row| batch.rows.key(row).map(str::to_owned).ok()).collect()
}
