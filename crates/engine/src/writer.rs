use crate::batch::Change;
use crate::collection::Shared;
use crate::columns::{self, Scratch};
use crate::error::{Error, Result};
use crate::{Batch, Snapshot};
use pleiad_store::{Operation, Options, StoreWriter};
use rayon::prelude::*;
use std::sync::Arc;

/// The only writer of a collection.
///
/// Dropping it loses nothing that was acknowledged; [`Writer::close`] also leaves the files tidy and detectable
/// if they are cut short later.
pub struct Writer {
    shared: Arc<Shared>,
    store: StoreWriter,
}

/// What a batch did. When it is returned, the batch is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Position of the batch among all batches of this collection.
    pub sequence: u64,
    /// Documents written, new or in place of an older one.
    pub num_upserted: u64,
    /// Of those, documents that replaced an older one.
    pub num_replaced: u64,
    /// Documents deleted.
    pub num_deleted: u64,
}

impl Writer {
    pub(crate) fn open(shared: Arc<Shared>) -> Result<Self> {
        let store = StoreWriter::open(shared.backend.clone(), Options::default())?;
        Ok(Self { shared, store })
    }

    /// Makes a batch visible and durable as one. Cost: the reduction and one FDE of each document on
    /// all cores, and one sync.
    ///
    /// # Errors
    /// `InvalidArgument` when a document does not fit the schema (it is named; nothing of the batch is kept);
    /// `Unavailable` when the disk refuses, after which this writer refuses everything: reopen to go on.
    pub fn apply(&mut self, batch: Batch) -> Result<Receipt> {
        let Shared { codecs, schema, .. } = &*self.shared;
        let encode = |scratch: &mut Scratch, change: Change| match change {
            Change::Delete(key) => Ok(Operation::Delete { key: key.as_str().to_owned() }),
            Change::Upsert(document) => {
                let dim = document.vectors.dim();
                if dim != schema.dim {
                    return Err(Error::invalid(format!(
                        "document {:?} has vectors of dimension {dim}; this collection holds dimension {}",
                        document.key.as_str(),
                        schema.dim
                    )));
                }
                let columns = columns::encode(codecs, &document, scratch)?;
                Ok(Operation::Upsert { key: document.key.as_str().to_owned(), columns })
            }
        };
        let operations =
            batch.changes.into_par_iter().map_init(Scratch::default, encode).collect::<Result<Vec<_>>>()?;
        let commit = self.store.commit(&operations)?;
        Ok(Receipt {
            sequence: commit.sequence,
            num_upserted: commit.num_upserted,
            num_replaced: commit.num_replaced,
            num_deleted: commit.num_deleted,
        })
    }

    /// A view of everything applied so far.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.shared.clone(), self.store.view())
    }

    /// Turns the log into a segment, merging small ones on the way.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses.
    pub fn flush(&mut self) -> Result<()> {
        Ok(self.store.flush()?)
    }

    /// Keeps the present state under a name until it is dropped, whatever is written. Cost: a flush; later, the space
    /// of what was deleted or replaced since.
    ///
    /// # Errors
    /// `InvalidArgument` for a name that is no part of a file name, `Conflict` when it is taken, `Unavailable` when the
    /// disk refuses.
    pub fn name_snapshot(&mut self, name: &str) -> Result<()> {
        Ok(self.store.name_snapshot(name)?)
    }

    /// Gives up a named snapshot, and removes what it alone kept.
    ///
    /// # Errors
    /// `NotFound` when there is none of this name, `Unavailable` when the disk refuses.
    pub fn drop_snapshot(&mut self, name: &str) -> Result<()> {
        Ok(self.store.drop_snapshot(name)?)
    }

    /// Ends writing: seals the log, so that later damage to it is always noticed, and frees the lock.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses; what was acknowledged is safe all the same.
    pub fn close(self) -> Result<()> {
        Ok(self.store.close()?)
    }
}
