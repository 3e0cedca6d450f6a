use crate::backend::Backend;
use crate::blob::Damage;
use crate::header::{HEADER_BYTES, Header};
use crate::log::LogWriter;
use crate::manifest::{self, LogRecord, Manifest, SegmentRecord};
use crate::rows::RowSource;
use crate::segment::{self, Copied};
use crate::view::{PartId, PartView, State, View, open_files};
use crate::{Result, StoreError};
use std::sync::Arc;

/// A collection after a checkpoint.
pub(crate) struct Checkpoint {
    pub(crate) header: Header,
    pub(crate) manifest: Manifest,
    pub(crate) log: LogWriter,
    pub(crate) view: View,
}

/// Segments that one written before takes the place of.
pub(crate) struct Replaced {
    pub(crate) sources: Vec<PartId>,
    /// Nothing when none of their rows is live.
    pub(crate) record: Option<SegmentRecord>,
    /// The same, opened.
    pub(crate) part: Option<PartView>,
}

/// Moves to a manifest in which each group of parts is one segment, with its rows in the order of their keys if that is asked
/// for, and the log is a new, empty one. `groups` holds every batch of the log.
///
/// New files are complete, synced, compared with their checksums and named before the manifest that names them is
/// written; until then the collection is what it was. Files that it no longer needs are left to be removed.
pub(crate) fn checkpoint(
    backend: &dyn Backend,
    (replaces, manifest): (&Header, &Manifest),
    view: &View,
    groups: &[Vec<usize>],
    replaced: Option<Replaced>,
    has_key_order: bool,
) -> Result<Checkpoint> {
    let sources = replaced.as_ref().map_or(&[][..], |replaced| &replaced.sources);
    let mut next = Manifest {
        generation: manifest.generation + 1,
        next_id: view.0.next_id,
        sequence: view.sequence(),
        segments: kept(manifest, view, groups, sources),
        ..manifest.clone()
    };
    let (record, part) = replaced.map_or((None, None), |replaced| (replaced.record, replaced.part));
    next.segments.extend(record);
    let mut known =
        State { parts: view.parts().iter().cloned().chain(part).collect(), ..State::clone(&view.0) };
    let widths = view.layout().widths();
    for group in groups {
        let rows = Copied::new(group.iter().map(|&at| &view.parts()[at]).collect(), has_key_order)?;
        if rows.num_rows() > 0 {
            let number = next.take_number();
            let record = segment::write(backend, number, &rows, &widths)?;
            let opened = Arc::new(segment::read_back(backend, &record, &widths)?);
            let (id, file_bytes) = (PartId::Segment(number), record.file.file_bytes);
            known.parts.push(PartView::new(id, opened, Arc::default(), &next.layout, file_bytes));
            next.segments.push(record);
        }
    }
    next.segments.sort_by_key(|segment| segment.file.number);
    let number = next.take_number();
    let log = LogWriter::create(backend, number)?;
    next.log = Some(LogRecord { number, durable_bytes: log.length() });
    backend.sync_folder().map_err(|error| StoreError::io("sync the folder", &backend.describe())(error))?;
    let header = manifest::write(backend, &next, Some(replaces))?;
    let known = View(Arc::new(known));
    let mut state = open_files(backend, &next, header.file_bytes(), Some(&known), Damage::LossIsError)?;
    state.log_bytes = HEADER_BYTES as u64;
    Ok(Checkpoint { header, manifest: next, log, view: View(Arc::new(state)) })
}

/// The records of the segments that stay, with the rows that are deleted by now.
fn kept(manifest: &Manifest, view: &View, groups: &[Vec<usize>], sources: &[PartId]) -> Vec<SegmentRecord> {
    let stays = |record: &SegmentRecord| -> Option<&PartView> {
        let id = PartId::Segment(record.file.number);
        let (at, part) = view.parts().iter().enumerate().find(|(_, part)| part.part_id() == id)?;
        let goes = sources.contains(&id) || groups.iter().any(|group| group.contains(&at));
        (!goes).then_some(part)
    };
    let records = manifest.segments.iter();
    records
        .filter_map(|record| {
            let deleted = Arc::clone(stays(record)?.shared_deleted());
            Some(SegmentRecord { deleted, ..record.clone() })
        })
        .collect()
}
