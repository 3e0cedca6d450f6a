use crate::error::{Error, ErrorKind, Result};
use crate::language::CollectionLanguage;
use crate::model_place::ModelPlace;
use crate::monitor::Monitor;
use crate::patience::when_free;
use pleiad::{BuildParams, Collection, Schema, Snapshot, Writer};
use std::path::PathBuf;
use std::time::Duration;

/// New documents from which on the log is turned into a segment at the end.
const MIN_FLUSHED: u64 = 256;

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
        schema: Box<Schema>,
        /// Parameters of writing.
        params: BuildParams,
        /// The model that it remembers.
        model: Option<ModelPlace>,
        /// The language of its texts, which it remembers.
        language: Option<CollectionLanguage>,
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

    /// Makes a collection that is planned.
    fn make(self, monitor: &dyn Monitor) -> Result<Opened> {
        match self {
            Self::There(opened) => Ok(opened),
            Self::Planned { folder, schema, params, model, language } => {
                let made = Self::there(Collection::create_or_open(&folder, &schema)?, params, monitor)?;
                if let Some(place) = &model {
                    made.remember(place)?;
                }
                if let Some(language) = &language {
                    made.remember_language(language)?;
                }
                made.make(monitor)
            }
        }
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

    /// Has a collection that is there remember the language of its texts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember_language(&self, language: &CollectionLanguage) -> Result<()> {
        match self {
            Self::There(opened) => language.keep(&opened.writer),
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

    /// The collection; nothing where it is not made yet.
    pub fn collection(&self) -> Option<&Collection> {
        match self {
            Self::There(opened) => Some(&opened.collection),
            Self::Planned { .. } => None,
        }
    }

    /// The writer; the collection is made if it has to be.
    ///
    /// # Errors
    /// When it cannot be made or opened.
    pub fn writer(&mut self, monitor: &dyn Monitor) -> Result<&Writer> {
        if let Self::Planned { folder, schema, params, model, language } = self {
            let planned = Self::Planned {
                folder: folder.clone(),
                schema: schema.clone(),
                params: *params,
                model: model.take(),
                language: language.take(),
            };
            *self = Self::There(planned.make(monitor)?);
        }
        match self {
            Self::There(opened) => Ok(&opened.writer),
            Self::Planned { .. } => Err(Error::new(ErrorKind::Internal, "the collection was not made")),
        }
    }

    /// Ends writing after so many new documents: 256 or more become a segment, fewer stay in the log, where the next few
    /// join them. A planned collection is made, empty.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn close(self, num_new: u64, monitor: &dyn Monitor) -> Result<Collection> {
        let Opened { collection, writer } = self.make(monitor)?;
        if num_new >= MIN_FLUSHED {
            writer.flush()?;
        }
        writer.close()?;
        Ok(collection)
    }
}
