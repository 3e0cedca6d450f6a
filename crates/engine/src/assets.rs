//! Assets of a collection: learned from its first batch, once, and never changed ([`Learned`]); read again only when
//! replaced ([`LastRead`]); and the consequence of losing one.

use crate::error::{Error, Result};
use pleiad_store::{Blob, View};
use pleiad_vectors::MultiVectorRef;
use rayon::prelude::*;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The cores that learning may use: a [`Spread`](pleiad_compress::kmeans::Spread).
pub(crate) fn on_all_cores(num_tasks: usize, task: &(dyn Fn(usize) + Sync)) {
    (0..num_tasks).into_par_iter().for_each(task);
}

/// Something learned, once it was read or learned: only who needs it pays for it.
pub(crate) struct Learned<T> {
    /// The asset that keeps it.
    asset: Box<str>,
    /// The column of what is written with it.
    column: usize,
    value: OnceLock<T>,
    /// Held while it is read or learned.
    busy: Mutex<()>,
}

impl<T> Learned<T> {
    pub(crate) fn new(asset: &str, column: usize) -> Self {
        Self { asset: asset.into(), column, value: OnceLock::new(), busy: Mutex::new(()) }
    }

    /// Returns the asset that was read or learned.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Reads it with `parse` if that was not done yet; nothing where nothing was learned and no document needs it.
    ///
    /// # Errors
    /// `Corrupt` when it is damaged or gone.
    pub(crate) fn read<E: StdError + Send + Sync + 'static>(
        &self,
        view: &View,
        parse: impl FnOnce(&[u8]) -> std::result::Result<T, E>,
    ) -> Result<Option<&T>> {
        self.read_or(view, parse, || Ok(None), |_, _| Ok(()))
    }

    /// The same, and where nothing was learned yet, it is learned from the documents of a first batch, if there are
    /// any, and kept, as bytes, before it is used.
    ///
    /// # Errors
    /// `Corrupt` when it is damaged or gone, and what `learn` and `keep` say.
    pub(crate) fn read_or_learn<'a, E: StdError + Send + Sync + 'static>(
        &self,
        view: &View,
        parse: impl FnOnce(&[u8]) -> std::result::Result<T, E>,
        documents: impl Iterator<Item = MultiVectorRef<'a>>,
        learn: impl FnOnce(&[MultiVectorRef<'a>]) -> Result<(T, Vec<u8>)>,
        keep: impl FnOnce(&str, Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let learn = || match &documents.collect::<Vec<_>>()[..] {
            [] => Ok(None),
            documents => learn(documents).map(Some),
        };
        self.read_or(view, parse, learn, keep).map(|_| ())
    }

    fn read_or<E: StdError + Send + Sync + 'static>(
        &self,
        view: &View,
        parse: impl FnOnce(&[u8]) -> std::result::Result<T, E>,
        learn: impl FnOnce() -> Result<Option<(T, Vec<u8>)>>,
        keep: impl FnOnce(&str, Vec<u8>) -> Result<()>,
    ) -> Result<Option<&T>> {
        if let Some(value) = self.value.get() {
            return Ok(Some(value));
        }
        // Whoever held it and failed has learned nothing: there is nothing to find half done.
        let _held = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = self.value.get() {
            return Ok(Some(value));
        }
        let value = match view.asset(&self.asset) {
            Some(asset) => parse(asset.bytes().map_err(|error| self.lost(&error))?)
                .map_err(|error| Error::corrupt(format!("{}: {error}", asset.file())).caused_by(error))?,
            None if is_written(view, self.column)? => {
                return Err(self.lost(&format!("the asset {:?} is gone", self.asset)));
            }
            None => match learn()? {
                Some((value, bytes)) => {
                    keep(&self.asset, bytes)?;
                    value
                }
                None => return Ok(None),
            },
        };
        Ok(Some(self.value.get_or_init(|| value)))
    }

    /// The loss of the asset, and what can still be done.
    fn lost(&self, why: &dyn std::fmt::Display) -> Error {
        match lost_asset(&self.asset) {
            Some(consequence) => Error::corrupt(format!("{why}: {consequence}")),
            None => Error::corrupt(why.to_string()),
        }
    }
}

/// Returns whether a document has anything in a column. Cost: the lengths of the rows up to the first one that has.
fn is_written(view: &View, column: usize) -> Result<bool> {
    for part in view.parts() {
        for row in (0..part.num_rows()).filter(|&row| !part.is_deleted(row)) {
            if !part.column(column, row)?.is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The consequence of an asset that is lost for good, if documents were written with it; none for one that can be made
/// again from the documents.
pub fn lost_asset(name: &str) -> Option<&'static str> {
    // Those of a named set have its name behind theirs.
    match name.split_once(':').map_or(name, |(asset, _)| asset) {
        "centroids" => Some(
            "the centroids of the token codes are lost: the vectors of all documents cannot be read and nothing can be \
             searched. Texts and attributes can still be read: add the documents to a new collection",
        ),
        "lemur" => Some(
            "what LEMUR was trained to is lost: nothing can be searched or added. Vectors, texts and attributes can still \
             be read: add the documents to a new collection",
        ),
        _ => None,
    }
}

/// Cache of the last asset read, so that it is read once and not for every search.
pub(crate) struct LastRead<T> {
    last: Mutex<Option<(Arc<Blob>, T)>>,
}

impl<T> Default for LastRead<T> {
    fn default() -> Self {
        Self { last: Mutex::default() }
    }
}

impl<T: Clone> LastRead<T> {
    /// Returns the content of an asset. Cost: near nothing for the one that was read last.
    pub(crate) fn of(&self, blob: &Arc<Blob>, read: impl FnOnce(&Blob) -> Result<T>) -> Result<T> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, value)) if Arc::ptr_eq(known, blob) => Ok(value.clone()),
            _ => {
                let value = read(blob)?;
                *last = Some((Arc::clone(blob), value.clone()));
                Ok(value)
            }
        }
    }
}
