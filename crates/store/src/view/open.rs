use super::{PartId, PartView, State, View};
use crate::backend::Backend;
use crate::blob::{Blobs, Damage, Owner};
use crate::log::LogReader;
use crate::manifest::{self, Manifest};
use crate::{Result, segment};
use std::sync::Arc;

/// The segments, attachments and assets of a manifest; those that `known` has are not opened again.
pub(crate) fn open_files(
    backend: &dyn Backend,
    manifest: &Manifest,
    manifest_bytes: u64,
    known: Option<&View>,
    damage: Damage,
) -> Result<State> {
    let widths = manifest.layout.widths();
    let known_parts = known.map_or(&[][..], View::parts);
    let mut parts = Vec::with_capacity(manifest.segments.len());
    for record in &manifest.segments {
        let id = PartId::Segment(record.file.number);
        let same = |part: &&PartView| {
            part.part_id() == id && part.rows().footer_crc() == Some(record.file.footer_crc)
        };
        let known = known_parts.iter().find(same);
        let rows = match known {
            Some(part) => Arc::clone(part.shared_rows()),
            None => Arc::new(segment::open(backend, record, &widths)?),
        };
        let known = known.map(|part| part.attachments().clone()).unwrap_or_default();
        let attachments = Blobs::open(backend, Owner::Segment, &record.attachments, &known, damage)?;
        let deleted = Arc::clone(&record.deleted);
        let part = PartView::new(id, rows, deleted, &manifest.layout, record.file.file_bytes);
        parts.push(part.with_attachments(attachments));
    }
    let mut state = State::new(manifest, parts, manifest_bytes);
    state.check_order(manifest::FILE)?;
    let known = known.map(|view| view.0.assets.clone()).unwrap_or_default();
    state.assets = Blobs::open(backend, Owner::Collection, &manifest.assets, &known, damage)?;
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
