//! The lock of a collection, and its folder as the holder of the lock may change it.

use crate::backend::{Backend, Guarded, LockGuard};
use crate::names::LOCK;
use crate::{Result, StoreError};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Shortest and longest pause before a lock that is taken is tried again.
const MIN_PAUSE: Duration = Duration::from_millis(1);
const MAX_PAUSE: Duration = Duration::from_millis(100);

/// A lock that is held, and the folder behind it.
pub(crate) struct Held<B> {
    pub(crate) backend: B,
    pub(crate) lock: Arc<dyn LockGuard>,
}

/// Locks a collection, waiting at most `wait` for whoever holds it. The folder that comes back is the one that was
/// locked, wherever its path leads later, and refuses changes once the lock file is no longer in its place.
///
/// # Errors
/// [`StoreError::Locked`] or [`StoreError::Io`].
pub(crate) fn hold(backend: Arc<dyn Backend>, wait: Duration) -> Result<Held<Arc<dyn Backend>>> {
    let (pinned, lock) = lock(&*backend, wait)?;
    let backend = pinned.unwrap_or(backend);
    Ok(Held { backend: Arc::new(Guarded::new(backend, Arc::clone(&lock))), lock })
}

/// The same of a folder that is only lent.
pub(crate) fn hold_lent<'a>(backend: &'a dyn Backend, wait: Duration) -> Result<Held<Box<dyn Backend + 'a>>> {
    let (pinned, lock) = lock(backend, wait)?;
    let backend: Box<dyn Backend + 'a> = match pinned {
        Some(pinned) => Box::new(Guarded::new(pinned, Arc::clone(&lock))),
        None => Box::new(Guarded::new(backend, Arc::clone(&lock))),
    };
    Ok(Held { backend, lock })
}

type Locked = (Option<Arc<dyn Backend>>, Arc<dyn LockGuard>);

fn lock(backend: &dyn Backend, wait: Duration) -> Result<Locked> {
    let (start, mut pause) = (Instant::now(), MIN_PAUSE);
    loop {
        // Anew each time: while this waits, another folder may take the place of the one that is locked.
        let folder = backend.describe();
        let pinned = backend.pinned().map_err(StoreError::io("open", &folder))?;
        let taken = match &pinned {
            Some(pinned) => pinned.lock(LOCK),
            None => backend.lock(LOCK),
        };
        if let Some(lock) = taken.map_err(StoreError::io("lock", LOCK))? {
            return Ok((pinned, Arc::from(lock)));
        }
        let left = wait.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(StoreError::Locked { folder, holder: backend.lock_holder(LOCK) });
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// An error once the lock file at the path is no longer the one that is held.
pub(crate) fn check_lock(backend: &dyn Backend, lock: &dyn LockGuard) -> Result<()> {
    match lock.is_in_place() {
        Ok(true) => Ok(()),
        Ok(false) => Err(StoreError::Displaced {
            folder: backend.describe(),
            what: format!("its folder or its file {LOCK} was moved, removed or replaced"),
        }),
        Err(error) => Err(StoreError::io("look at", LOCK)(error)),
    }
}
