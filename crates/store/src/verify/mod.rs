//! Reads every byte of a collection and checks that everything fits together.

mod cross;
mod part;
#[cfg(test)]
mod tests;

pub(crate) use part::{check as check_part, check_rows};

use crate::backend::Backend;
use crate::blob::{self, BlobRecord, Owner};
use crate::header::Header;
use crate::log::{self, LogReader};
use crate::manifest::{self, Manifest};
use crate::store::missing_file;
use crate::view::{PartId, PartView, State, follow};
use crate::writer::is_orphan;
use crate::{Result, StoreError, names, segment};
use std::collections::BTreeSet;
use std::sync::Arc;

/// An event that [`verify`] reports while it works.
#[derive(Debug)]
pub enum Event {
    /// It begins to read a file.
    Reading {
        /// The file.
        file: String,
        /// Its length.
        file_bytes: u64,
    },
    /// Something does not fit: [`StoreError::Corrupt`] or [`StoreError::Version`]. It goes on with the rest.
    Found(StoreError),
}

/// The outcome of a [`verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Files read: the manifest, the log, segments, attachments, assets.
    pub num_files: u64,
    /// Their bytes.
    pub num_bytes: u64,
    /// Live documents in the parts that could be read.
    pub num_documents: u64,
    /// Times that something did not fit; 0 for a sound collection.
    pub num_findings: u64,
    /// Files that an interrupted writer left and the next one removes; they do no harm.
    pub num_orphans: u64,
}

struct Verifier<'a> {
    backend: &'a dyn Backend,
    tell: &'a mut dyn FnMut(Event),
    report: VerifyReport,
}

/// Reads every byte and checks all checksums; that sections and offsets fit, keys are in order and unique, ids are
/// unique and were given, deleted rows exist; and that the manifest and all that it names agree. Takes no lock.
///
/// Cost: one pass over all files, O(documents log parts) comparisons, a few bits of memory per document.
///
/// # Errors
/// [`StoreError::NotACollection`], or [`StoreError::Io`] when a file cannot be read or a writer replaced it
/// meanwhile. Damage is no error here: it is told to `tell` and counted.
pub fn verify(backend: &dyn Backend, tell: &mut dyn FnMut(Event)) -> Result<VerifyReport> {
    let mut verifier = Verifier { backend, tell, report: VerifyReport::default() };
    let read = manifest::read(backend);
    if let Some((header, manifest)) = verifier.keep(read)? {
        verifier.files(&header, &manifest)?;
    }
    Ok(verifier.report)
}

impl Verifier<'_> {
    /// Counts damage and goes on; any other error ends the work.
    fn keep<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error @ (StoreError::Corrupt { .. } | StoreError::Version { .. })) => {
                self.report.num_findings += 1;
                (self.tell)(Event::Found(error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn begin(&mut self, file: &str, file_bytes: u64) {
        self.report.num_files += 1;
        self.report.num_bytes += file_bytes;
        (self.tell)(Event::Reading { file: file.to_owned(), file_bytes });
    }

    fn files(&mut self, header: &Header, manifest: &Manifest) -> Result<()> {
        self.begin(manifest::FILE, header.file_bytes());
        let numbers = check_numbers(manifest);
        self.keep(numbers)?;
        self.blobs(header, Owner::Collection, &manifest.assets)?;
        let segments = self.segments(header, manifest)?;
        let all_opened = segments.len() == manifest.segments.len();
        let mut state = State::new(manifest, segments, header.file_bytes());
        let order = state.check_order(manifest::FILE);
        // Kills can only be followed where all that they may name is there.
        if self.keep(order)?.is_some() && all_opened {
            self.log(header, manifest, &mut state)?;
        }
        self.cross(&state)?;
        let files = self.backend.list().map_err(StoreError::io("list", &self.backend.describe()))?;
        let kept = self.snapshots(header, manifest, &files)?;
        let is_orphan = |file: &&String| is_orphan(file, manifest) && !kept.contains(*file);
        self.report.num_orphans = files.iter().filter(is_orphan).count() as u64;
        self.report.num_documents = state.num_documents;
        Ok(())
    }

    fn segments(&mut self, header: &Header, manifest: &Manifest) -> Result<Vec<PartView>> {
        let widths = manifest.layout.widths();
        let mut parts = Vec::new();
        for record in &manifest.segments {
            self.blobs(header, Owner::Segment, &record.attachments)?;
            self.begin(&segment::file_name(record.file.number), record.file.file_bytes);
            let opened = segment::open(self.backend, record, &widths);
            let opened = opened.map_err(|error| self.judge_missing(error, header));
            let Some(rows) = self.keep(opened)? else { continue };
            let id = PartId::Segment(record.file.number);
            let deleted = Arc::clone(&record.deleted);
            let part = PartView::new(id, Arc::new(rows), deleted, &manifest.layout, record.file.file_bytes);
            let sound = part::check(&part);
            if self.keep(sound)?.is_some() {
                parts.push(part);
            }
        }
        Ok(parts)
    }

    /// Reads what only named snapshots keep; returns all files that they keep.
    fn snapshots(&mut self, header: &Header, now: &Manifest, files: &[String]) -> Result<BTreeSet<String>> {
        let mut kept = BTreeSet::new();
        for file in files.iter().filter(|file| names::snapshot_of(file).is_some()) {
            let read = manifest::read_as(self.backend, file);
            let Some((snapshot_header, mut snapshot)) = self.keep(read)? else { continue };
            self.begin(file, snapshot_header.file_bytes());
            let seen: BTreeSet<String> =
                now.files().map(|(file, _)| file).chain(kept.iter().cloned()).collect();
            kept.extend(snapshot.files().map(|(file, _)| file));
            let is_new = |owner: Owner, blob: &BlobRecord| !seen.contains(&owner.file_name(blob.file.number));
            snapshot.assets.retain(|asset| is_new(Owner::Collection, asset));
            snapshot.segments.retain(|part| !seen.contains(&segment::file_name(part.file.number)));
            self.blobs(header, Owner::Collection, &snapshot.assets)?;
            self.segments(header, &snapshot)?;
        }
        Ok(kept)
    }

    /// Reads every byte of assets or attachments; what they mean is not known here.
    fn blobs(&mut self, header: &Header, owner: Owner, records: &[BlobRecord]) -> Result<()> {
        for file in records.iter().flat_map(BlobRecord::files) {
            self.begin(&owner.file_name(file.number), file.file_bytes);
            let opened = blob::open_file(self.backend, owner, file).and_then(|blob| blob.compare_all());
            let opened = opened.map_err(|error| self.judge_missing(error, header));
            self.keep(opened)?;
        }
        Ok(())
    }

    fn log(&mut self, header: &Header, manifest: &Manifest, state: &mut State) -> Result<()> {
        let Some(record) = manifest.log else { return Ok(()) };
        let before = state.parts.len();
        let read = LogReader::open(self.backend, record.number, manifest.sequence, record.durable_bytes)
            .and_then(|mut reader| {
                follow(self.backend, &mut reader, state)?;
                reader.file_bytes(self.backend)
            })
            .map_err(|error| self.judge_missing(error, header));
        if let Some(file_bytes) = self.keep(read)? {
            self.begin(&log::file_name(record.number), file_bytes);
        }
        for part in &state.parts[before..] {
            let sound = part::check(part);
            self.keep(sound)?;
        }
        Ok(())
    }

    fn cross(&mut self, state: &State) -> Result<()> {
        let ids = cross::check_ids(state);
        self.keep(ids)?;
        let keys = cross::check_keys(state);
        self.keep(keys)?;
        Ok(())
    }

    /// A missing file is damage only while the manifest that names it is in place.
    fn judge_missing(&self, error: StoreError, header: &Header) -> StoreError {
        if !error.is_missing_file() {
            return error;
        }
        match manifest::read_header(self.backend) {
            Ok(now) if now == *header => missing_file(error),
            _ => error,
        }
    }
}

fn check_numbers(manifest: &Manifest) -> Result<()> {
    match manifest.files().map(|(_, number)| number).max() {
        Some(number) if number >= manifest.next_number => {
            let what = format!("it names file number {number}, and {} as free", manifest.next_number);
            Err(StoreError::corrupt(manifest::FILE, 0, what))
        }
        _ => Ok(()),
    }
}
