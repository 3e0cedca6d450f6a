use crate::error::Result;
use pleiad_store::Blob;
use std::sync::{Arc, Mutex, PoisonError};

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
