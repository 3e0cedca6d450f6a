use super::{PartId, PartView, State};
use crate::backend::Backend;
use crate::log::LogReader;
use crate::manifest::{self, Manifest};
use crate::{Result, segment};
use std::sync::Arc;

/// The parts of a manifest's segments; those that `known` has are not opened again.
pub(crate) fn open_segments(
    backend: &dyn Backend,
    manifest: &Manifest,
    manifest_bytes: u64,
    known: &[PartView],
) -> Result<State> {
    let widths = manifest.layout.widths();
    let mut parts = Vec::with_capacity(manifest.segments.len());
    for record in &manifest.segments {
        let id = PartId::Segment(record.number);
        let same =
            |part: &&PartView| part.part_id() == id && part.rows().footer_crc() == Some(record.footer_crc);
        let rows = match known.iter().find(same) {
            Some(part) => Arc::clone(part.shared_rows()),
            None => Arc::new(segment::open(backend, record, &widths)?),
        };
        parts.push(PartView::new(id, rows, Arc::clone(&record.deleted), &manifest.layout, record.file_bytes));
    }
    let state = State::new(manifest, parts, manifest_bytes);
    state.check_order(manifest::FILE)?;
    Ok(state)
}

/// A log that was read up to its end.
pub(crate) struct OpenedLog {
    pub(crate) reader: LogReader,
    /// Length of the file: beyond the reader's place lies what a crash left incomplete.
    pub(crate) file_bytes: u64,
}

/// Adds the batches of the manifest's log, if it has one.
pub(crate) fn read_log(
    backend: &dyn Backend,
    manifest: &Manifest,
    state: &mut State,
) -> Result<Option<OpenedLog>> {
    let Some(log) = manifest.log else { return Ok(None) };
    let mut reader = LogReader::open(backend, log.number, manifest.sequence, log.durable_bytes)?;
    state.log_bytes = reader.offset();
    follow(backend, &mut reader, state)?;
    let file_bytes = reader.file_bytes(backend)?;
    Ok(Some(OpenedLog { reader, file_bytes }))
}

/// Adds what was appended to a log since it was last read. Cost: one look at its length when there is nothing.
pub(crate) fn follow(backend: &dyn Backend, reader: &mut LogReader, state: &mut State) -> Result<()> {
    let widths = state.layout.widths();
    loop {
        let before = reader.offset();
        let Some(batch) = reader.next(backend, &widths)? else { return Ok(()) };
        state.apply(batch, reader.offset() - before)?;
    }
}
