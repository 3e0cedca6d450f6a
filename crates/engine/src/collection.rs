use crate::columns;
use crate::error::{Error, ErrorKind, Result};
use crate::sentence::SentenceField;
use crate::shared::Shared;
use crate::vector_field::{VectorField, fields_of};
use crate::{
    BuildParams, NamedSnapshot, RecallAudit, RepairEvent, RepairReport, Schema, Snapshot, TakeBackEvent,
    TakeBackReport, Verification, Writer,
};
use pleiad_store::{Backend, FolderBackend, Store, StoreError, Upgraded};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A folder of documents: schema, segments, log and manifest.
///
/// Cheap to clone and to share between threads. Any number of processes may read one collection while one writes.
#[derive(Clone)]
pub struct Collection {
    shared: Arc<Shared>,
}

impl Collection {
    /// Creates a collection in a folder that does not exist yet or is empty.
    ///
    /// # Errors
    /// `Conflict` when something is there already, `InvalidArgument` when the schema is impossible (the parameter
    /// is named), `Unavailable` when the folder cannot be written.
    pub fn create(path: impl AsRef<Path>, schema: &Schema) -> Result<Self> {
        Self::create_on(Arc::new(FolderBackend::new(path.as_ref())), schema)
    }

    /// The same, or opens what another program has created there meanwhile.
    ///
    /// # Errors
    /// As [`Collection::create`], and `Conflict` when what is there has another schema.
    pub fn create_or_open(path: impl AsRef<Path>, schema: &Schema) -> Result<Self> {
        let path = path.as_ref();
        match Self::create(path, schema) {
            Err(error) if matches!(error.store_error(), Some(StoreError::Exists { .. })) => {}
            created => return created,
        }
        let collection = Self::open(path)?;
        // As bytes: what says nothing in a schema is not written.
        if collection.schema().to_bytes()? == schema.to_bytes()? {
            return Ok(collection);
        }
        let message = format!("{} was just created by another program, with another schema", path.display());
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// Opens a collection. Cost: the manifest and the log are read, segments are only mapped.
    ///
    /// # Errors
    /// `NotFound` when there is no collection, `Corrupt` when its manifest or log is damaged, `Unsupported` when a
    /// newer version wrote it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        if path.is_file() {
            let message = format!("{} is a file: a collection is a folder", path.display());
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        Self::open_on(Arc::new(FolderBackend::new(path)))
    }

    /// Creates a collection on any backend, for tests and for storage that is not a folder.
    ///
    /// # Errors
    /// As [`Collection::create`].
    pub fn create_on(backend: Arc<dyn Backend>, schema: &Schema) -> Result<Self> {
        let (fields, sentence) = fields(schema)?;
        Store::create(&*backend, columns::layout(schema, &fields, sentence.as_ref())?)?;
        Self::open_on(backend)
    }

    /// Opens a collection on any backend.
    ///
    /// # Errors
    /// As [`Collection::open`].
    pub fn open_on(backend: Arc<dyn Backend>) -> Result<Self> {
        let store = Store::open(backend.clone())?;
        let view = store.view()?;
        let schema = Schema::from_bytes(view.layout().schema())?;
        let (fields, sentence) = fields(&schema)?;
        if columns::layout(&schema, &fields, sentence.as_ref())?.columns() != view.layout().columns() {
            return Err(Error::corrupt("the manifest's columns do not fit its schema"));
        }
        let shared = Shared::new(backend, store, schema, fields, sentence);
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Brings a collection of an older format to the one that this release writes; nothing is done to one that has
    /// it. Readers are not disturbed, older releases cannot read it afterwards. Waits at most `lock_wait` for a writer.
    /// Cost: no document is written anew.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` while a writer holds it, `Corrupt` when it is damaged (it stays as it is),
    /// `Unsupported` when a newer version wrote it, `Unavailable` when the disk refuses.
    pub fn upgrade(path: impl AsRef<Path>, lock_wait: Duration) -> Result<Upgraded> {
        Ok(pleiad_store::upgrade(&FolderBackend::new(path.as_ref()), lock_wait)?)
    }

    /// Returns the schema, fixed at creation.
    pub fn schema(&self) -> &Schema {
        &self.shared.schema
    }

    /// Takes the collection's only writer; it is free again when the writer is closed or dropped.
    ///
    /// # Errors
    /// `Conflict` while another writer, of any process, holds it.
    pub fn writer(&self) -> Result<Writer> {
        self.writer_with(BuildParams::default())
    }

    /// The same, with a choice of what a power cut may take and how much memory writing may.
    ///
    /// # Errors
    /// As [`Collection::writer`], and `InvalidArgument` for less memory than a writer needs.
    pub fn writer_with(&self, params: BuildParams) -> Result<Writer> {
        params.check()?;
        Writer::open(self.shared.clone(), params)
    }

    /// A consistent view of everything acknowledged so far; it never changes. Cost: near nothing unless the
    /// collection changed since the last one.
    ///
    /// # Errors
    /// `Corrupt` or `Unavailable` when the files cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot::new(self.shared.clone(), self.shared.store.view()?))
    }

    /// Returns the recall of searches that set [`SearchParams::audit_every`](crate::SearchParams::audit_every), since
    /// this collection was opened or calibrated.
    pub fn recall_audit(&self) -> RecallAudit {
        self.shared.fields[0].audit.summary()
    }

    /// The same of searches under a filter. Where these found clearly less than was promised, those after them score every
    /// document that matches, until the next calibration.
    pub fn filtered_recall_audit(&self) -> RecallAudit {
        self.shared.fields[0].audit.filtered_summary()
    }

    /// Reads every byte and checks every checksum and cross-reference. `progress` hears bytes done and in all.
    ///
    /// # Errors
    /// Only when the check itself cannot run: what it finds is in the [`Verification`].
    pub fn verify(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Verification> {
        crate::verify::verify(&self.shared, false, progress)
    }

    /// The same, and derives again what follows from something else: the FDE of every document from its tokens.
    ///
    /// Cost: as [`Collection::verify`], and one FDE for each document on all cores.
    ///
    /// # Errors
    /// As [`Collection::verify`].
    pub fn verify_deep(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<Verification> {
        crate::verify::verify(&self.shared, true, progress)
    }

    /// Makes a damaged collection whole again: puts back what a checksum tells, leaves out what cannot be read, and
    /// reports each such thing to `on_event`. Nothing is written when nothing is wrong; damaged files are kept under
    /// other names until [`Collection::discard_damaged`] or [`Collection::take_back`]. Waits at most `lock_wait` for
    /// a writer.
    ///
    /// # Errors
    /// `Corrupt` when the manifest itself is beyond repair, `Conflict` while a writer is at work, `Unavailable` when
    /// the system refuses to read or write a file: that is no damage, and nothing is taken for lost.
    pub fn repair(
        path: impl AsRef<Path>,
        lock_wait: Duration,
        on_event: &mut dyn FnMut(RepairEvent),
    ) -> Result<RepairReport> {
        Ok(pleiad_store::repair(&FolderBackend::new(path.as_ref()), lock_wait, on_event)?)
    }

    /// Takes back what repairs set aside and what turns out to be sound. Nothing in the collection is replaced:
    /// documents come back whose keys it does not have. Waits at most `lock_wait` for a writer.
    ///
    /// # Errors
    /// `Corrupt` when the collection itself is damaged, `Conflict` while a writer is at work, `Unavailable` when the
    /// system refuses to read or write a file.
    pub fn take_back(
        path: impl AsRef<Path>,
        lock_wait: Duration,
        on_event: &mut dyn FnMut(TakeBackEvent),
    ) -> Result<TakeBackReport> {
        Ok(pleiad_store::take_back(&FolderBackend::new(path.as_ref()), lock_wait, on_event)?)
    }

    /// Removes the damaged files that repairs kept, and returns their names.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses.
    pub fn discard_damaged(path: impl AsRef<Path>) -> Result<Vec<String>> {
        Ok(pleiad_store::discard_damaged(&FolderBackend::new(path.as_ref()))?)
    }

    /// The snapshots that have names, by name.
    ///
    /// # Errors
    /// `Corrupt` when one of them cannot be read.
    pub fn named_snapshots(&self) -> Result<Vec<NamedSnapshot>> {
        Ok(pleiad_store::snapshots(&*self.shared.backend)?)
    }

    /// The state that a named snapshot keeps.
    ///
    /// # Errors
    /// `NotFound` when there is none of this name, otherwise as [`Collection::snapshot`].
    pub fn named_snapshot(&self, name: &str) -> Result<Snapshot> {
        Ok(Snapshot::new(self.shared.clone(), self.shared.store.named_view(name)?))
    }
}

/// The vector sets and the sentence vector of a schema's documents.
fn fields(schema: &Schema) -> Result<(Vec<VectorField>, Option<SentenceField>)> {
    let sentence = SentenceField::new(schema)?;
    Ok((fields_of(schema)?, sentence))
}
