use super::{Repair, judge};
use crate::backend::Backend;
use crate::blob::{self, Owner};
use crate::header::Kind;
use crate::held::hold_lent;
use crate::log::{self, LogReader};
use crate::manifest::{self, FILE, Manifest};
use crate::verify::check_part;
use crate::view::{PartId, PartView, State, View};
use crate::writer::{Claims, check_current, checkpoint, load_sound, remove_orphans};
use crate::{Result, StoreError, checksummed, names, segment};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A quarantined file, and what [`take_back`] did with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeBackEvent {
    /// It is sound: what it holds and the collection does not is part of the collection again.
    Taken {
        /// The file, under its quarantine name. It is removed.
        file: String,
        /// Documents that are there again.
        num_documents: u64,
        /// Documents that were left out, since the collection has another one of the same key or id.
        num_known: u64,
    },
    /// It cannot be used, and stays where it is.
    Left {
        /// The file, under its quarantine name.
        file: String,
        /// The reason.
        why: String,
    },
}

impl fmt::Display for TakeBackEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { file, num_documents, num_known } => {
                write!(f, "taken back: {file}: {num_documents} documents, {num_known} more are there already")
            }
            Self::Left { file, why } => write!(f, "left: {file}: {why}"),
        }
    }
}

/// The outcome of [`take_back`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TakeBackReport {
    /// Files whose content is part of the collection again.
    pub num_taken: u64,
    /// Files that stay in quarantine.
    pub num_left: u64,
    /// Documents that are there again.
    pub num_returned: u64,
    /// Live documents now.
    pub num_documents: u64,
}

/// A quarantined file that is sound.
struct Candidate {
    file: String,
    parts: Vec<PartView>,
}

/// Takes back what a repair set aside and what turns out to be sound: a file that was put right meanwhile, brought from a
/// copy, or that an earlier release could not open and took for damaged. Nothing in the collection is replaced: only
/// documents come back whose key no document has now, each under its former id, and assets whose name none has. What was
/// deleted before the repair stays deleted, as far as the note is there that repairs leave beside the files.
///
/// All of it takes effect in one step; only then the files are removed. Waits at most `lock_wait` for a writer.
/// Cost: the quarantined files are read, and the documents that come back are written once; memory for all keys.
///
/// # Errors
/// As [`StoreWriter::open`](crate::StoreWriter::open): the collection itself has to be sound. [`StoreError::Io`] when the
/// system refuses to open a file: nothing is changed then.
pub fn take_back(
    backend: &dyn Backend,
    lock_wait: Duration,
    on_event: &mut dyn FnMut(TakeBackEvent),
) -> Result<TakeBackReport> {
    manifest::read_header(backend)?;
    let held = hold_lent(backend, lock_wait)?;
    let backend = &*held.backend;
    let (header, mut manifest) = manifest::read(backend)?;
    check_current(backend, &header)?;
    let mut state = load_sound(backend, &manifest, header.file_bytes())?;
    let mut files = backend.list().map_err(StoreError::io("list", &backend.describe()))?;
    files.sort();
    let (mut found, mut taken_assets) = (Vec::new(), Vec::new());
    let mut report = TakeBackReport::default();
    let mut left = |file: &String, why: String| {
        report.num_left += 1;
        on_event(TakeBackEvent::Left { file: file.clone(), why });
    };
    for file in &files {
        let Some((generation, was)) = names::quarantined_of(file) else { continue };
        let note = note(backend, generation)?;
        match was.split('-').next() {
            _ if was == FILE => {}
            Some("segment" | "log") => match candidate(backend, &manifest, note.as_ref(), file, was)? {
                Ok(parts) => found.push(Candidate { file: file.clone(), parts }),
                Err(error) => left(file, error.to_string()),
            },
            Some("asset") => match take_asset(backend, &mut manifest, note.as_ref(), file, was)? {
                Ok(()) => taken_assets.push(file.clone()),
                Err(why) => left(file, why),
            },
            Some("attachment") => left(file, "it can be made again".into()),
            _ => left(file, "it is no file of documents".into()),
        }
    }
    let num_back = found.iter().map(|candidate| candidate.parts.len()).sum();
    let outcomes = settle(backend, &mut state, found);
    let groups = groups(&state, num_back);
    report.num_documents = state.num_documents;
    if outcomes.is_empty() && taken_assets.is_empty() {
        return Ok(report);
    }
    let view = View(Arc::new(state));
    let next = checkpoint(backend, (&header, &manifest), &view, &groups, None, false)?;
    let assets = taken_assets.into_iter().map(|file| (file, 0, 0));
    for (file, num_documents, num_known) in outcomes.into_iter().chain(assets) {
        backend.remove(&file).map_err(StoreError::io("remove", &file))?;
        report.num_taken += 1;
        report.num_returned += num_documents;
        on_event(TakeBackEvent::Taken { file, num_documents, num_known });
    }
    remove_orphans(backend, &next.manifest, &Claims::default())?;
    Ok(report)
}

/// The manifest of the collection before the repair that made this generation, if it left one.
fn note(backend: &dyn Backend, generation: u64) -> Result<Option<Manifest>> {
    let read = manifest::read_as(backend, &names::quarantined(generation, FILE));
    Ok(judge(read)?.ok().map(|(_, note)| note))
}

/// The documents of a quarantined segment or log, if all of it is sound.
fn candidate(
    backend: &dyn Backend,
    now: &Manifest,
    note: Option<&Manifest>,
    file: &str,
    was: &str,
) -> Result<std::result::Result<Vec<PartView>, StoreError>> {
    let Some(number) = names::number_of(was) else {
        return Ok(Err(StoreError::corrupt(file, 0, "its name is not one that a repair gives")));
    };
    let parts = if was == segment::file_name(number) {
        segment_parts(backend, now, note, file, number)
    } else {
        log_parts(backend, now, note, file, number)
    };
    judge(parts)
}

fn segment_parts(
    backend: &dyn Backend,
    now: &Manifest,
    note: Option<&Manifest>,
    file: &str,
    number: u64,
) -> Result<Vec<PartView>> {
    let noted = note.and_then(|note| note.segments.iter().find(|record| record.file.number == number));
    let widths = now.layout.widths();
    let (rows, deleted, file_bytes) = match noted {
        Some(record) => {
            let sealed = checksummed::open(backend, file, Kind::Segment, &record.file)?;
            let rows = segment::read(sealed, file, record, &widths)?;
            (rows, Arc::clone(&record.deleted), record.file.file_bytes)
        }
        None => {
            let itself = checksummed::of_itself(backend, file, number)?;
            let sealed = checksummed::open(backend, file, Kind::Segment, &itself)?;
            (segment::rows(sealed, file, &widths)?, Arc::default(), itself.file_bytes)
        }
    };
    let part = PartView::new(PartId::Segment(number), Arc::new(rows), deleted, &now.layout, file_bytes);
    check_part(&part)?;
    Ok(vec![part])
}

/// The batches of a log, with the rows deleted that later batches of it replaced.
fn log_parts(
    backend: &dyn Backend,
    now: &Manifest,
    note: Option<&Manifest>,
    file: &str,
    number: u64,
) -> Result<Vec<PartView>> {
    let noted = note.and_then(|note| Some((note.log.filter(|log| log.number == number)?, note.sequence)));
    let (durable_bytes, sequence) = match noted {
        Some((log, sequence)) => (log.durable_bytes, sequence),
        None => (0, log::sequence_before(backend, file)?),
    };
    let mut reader = LogReader::open_as(backend, file, number, sequence, durable_bytes)?;
    let (mut parts, widths) = (Vec::<PartView>::new(), now.layout.widths());
    loop {
        let before = reader.offset();
        let Some(batch) = reader.next(backend, &widths)? else { return Ok(parts) };
        for kill in &batch.kills {
            if let Some(part) = parts.iter_mut().find(|part| part.part_id() == kill.part)
                && kill.row < part.num_rows()
            {
                part.delete(kill.row);
            }
        }
        let (id, frame_bytes) = (PartId::Batch(batch.sequence), reader.offset() - before);
        let part = PartView::new(id, batch.rows, Arc::default(), &now.layout, frame_bytes);
        check_part(&part)?;
        parts.push(part);
    }
}

/// Writes an asset of the old manifest again; the manifest names it once it is written. The reason where it stays.
fn take_asset(
    backend: &dyn Backend,
    manifest: &mut Manifest,
    note: Option<&Manifest>,
    file: &str,
    was: &str,
) -> Result<std::result::Result<(), String>> {
    let record = note.and_then(|note| {
        let files = note.assets.iter().flat_map(|asset| asset.files().map(move |file| (asset, file)));
        files.into_iter().find(|(_, file)| Owner::Collection.file_name(file.number) == was)
    });
    let Some((record, recorded)) = record else {
        return Ok(Err("nothing tells the name of the asset".into()));
    };
    if manifest.assets.iter().any(|asset| asset.name == record.name) {
        return Ok(Err(format!("there is another asset {:?} now", record.name)));
    }
    let opened = checksummed::open(backend, file, Owner::Collection.kind(), recorded);
    let opened = judge(opened.and_then(|opened| blob::read(opened, file)))?;
    let content = match opened.as_ref().map(|blob| blob.bytes()) {
        Ok(Ok(content)) => content,
        Ok(Err(error)) => return Ok(Err(error.to_string())),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let written = blob::write_asset(backend, manifest, &record.name, content)?;
    blob::insert(&mut manifest.assets, written);
    Ok(Ok(()))
}

/// Adds candidates to a state, without the rows whose key or id it has; each file with how many rows came, and how many
/// did not.
fn settle(backend: &dyn Backend, state: &mut State, found: Vec<Candidate>) -> Vec<(String, u64, u64)> {
    let (mut parts, mut owners) = (Vec::new(), Vec::new());
    let mut outcomes = Vec::new();
    for Candidate { file, parts: mut own } in found {
        let num_found = own.iter().map(|part| u64::from(part.num_live_rows())).sum::<u64>();
        owners.extend(vec![outcomes.len(); own.len()]);
        parts.append(&mut own);
        outcomes.push((file, 0, num_found));
    }
    // What stands first gives way to what stands behind it.
    parts.append(&mut state.parts);
    state.parts = parts;
    Repair::new(backend, &mut |_| {}).settle(state);
    for (part, owner) in state.parts.iter().zip(owners) {
        let num_returned = u64::from(part.num_live_rows());
        outcomes[owner].1 += num_returned;
        outcomes[owner].2 -= num_returned;
    }
    outcomes
}

/// The parts that come back as one segment, and the log as another.
fn groups(state: &State, num_back: usize) -> Vec<Vec<usize>> {
    let is_batch = |at: &usize| matches!(state.parts[*at].part_id(), PartId::Batch(_));
    let batches = (num_back..state.parts.len()).filter(is_batch).collect();
    vec![(0..num_back).collect(), batches]
}
