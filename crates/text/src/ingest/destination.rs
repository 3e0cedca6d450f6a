use crate::error::Result;
use crate::model_place::ModelPlace;
use crate::monitor::Monitor;
use crate::patience::when_free;
use pleiad::{BuildParams, Collection, Schema, Snapshot, Writer};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Destination of documents: a collection that is there, or one that is made for the first batch, so that an input
/// which is bad from its beginning leaves nothing behind.
pub enum Destination {
    /// A collection that is there.
    There(Opened),
    /// A collection that is made for the first batch.
    Planned {
        /// The folder of the collection.
        folder: PathBuf,
        /// Schema of a new collection.
        schema: Schema,
        /// Parameters of writing.
        params: BuildParams,
        /// The model that it remembers.
        model: Option<ModelPlace>,
    },
}

/// A collection with its lock.
pub struct Opened {
    pub(super) collection: Collection,
    pub(super) writer: Writer,
}

impl Destination {
    /// A collection that is there. A second writer is waited for or refused here, before any work: the monitor hears of it
    /// and can end the wait.
    ///
    /// # Errors
    /// `Conflict` when another writer has it, `Cancelled` when the caller cancels; also when it cannot be opened.
    pub fn there(collection: Collection, params: BuildParams, monitor: &dyn Monitor) -> Result<Self> {
        let at_once = BuildParams { lock_wait: Duration::ZERO, ..params };
        let writer = when_free(monitor, params.lock_wait, || collection.writer_with(at_once))?;
        Ok(Self::There(Opened { collection, writer }))
    }

    fn made(
        folder: &Path,
        schema: &Schema,
        params: BuildParams,
        model: Option<&ModelPlace>,
        monitor: &dyn Monitor,
    ) -> Result<Self> {
        let destination = Self::there(Collection::create_or_open(folder, schema)?, params, monitor)?;
        if let Some(place) = model {
            destination.remember(place)?;
        }
        Ok(destination)
    }

    /// Has a collection that is there remember where its model is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember(&self, place: &ModelPlace) -> Result<()> {
        match self {
            Self::There(opened) => place.keep(&opened.writer),
            Self::Planned { .. } => Ok(()),
        }
    }

    /// The schema that the collection has or gets.
    pub fn schema(&self) -> &Schema {
        match self {
            Self::There(opened) => opened.collection.schema(),
            Self::Planned { schema, .. } => schema,
        }
    }

    pub(super) fn is_there(&self) -> bool {
        matches!(self, Self::There(_))
    }

    /// The documents that are there already; nothing where the collection is not.
    pub fn snapshot(&self) -> Option<Snapshot> {
        match self {
            Self::There(opened) => Some(opened.writer.snapshot()),
            Self::Planned { .. } => None,
        }
    }

    /// The writer; the collection is made if it has to be.
    pub(super) fn writer(&mut self, monitor: &dyn Monitor) -> Result<&Writer> {
        match self {
            Self::There(opened) => Ok(&opened.writer),
            Self::Planned { folder, schema, params, model } => {
                *self = Self::made(folder, schema, *params, model.as_ref(), monitor)?;
                self.writer(monitor)
            }
        }
    }

    /// The same, to the end. An input of which every document was left out makes an empty collection.
    pub(super) fn into_opened(self, monitor: &dyn Monitor) -> Result<Opened> {
        match self {
            Self::There(opened) => Ok(opened),
            Self::Planned { folder, schema, params, model } => {
                Self::made(&folder, &schema, params, model.as_ref(), monitor)?.into_opened(monitor)
            }
        }
    }
}
