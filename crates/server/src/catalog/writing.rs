use crate::failure::{Result, problem};
use pleiad::{BuildParams, Collection, StoreError, Writer};
use pleiad_text::ErrorKind;
use pleiad_wire::{Kind, Problem};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The only writer of a collection in this process: taken by the first write, shared by those that come meanwhile, given
/// back when there are none for a while, so that other programs have their turn.
pub(super) struct Writing {
    collection: Collection,
    params: BuildParams,
    state: Mutex<State>,
}

struct State {
    writer: Option<Arc<Writer>>,
    written_at: Instant,
    is_retired: bool,
}

impl Writing {
    pub(super) fn new(collection: Collection, params: BuildParams) -> Self {
        let state = State { writer: None, written_at: Instant::now(), is_retired: false };
        Self { collection, params, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether it has the lock, or is about to take it or to give it back.
    pub(super) fn is_open(&self) -> bool {
        self.state.try_lock().map_or(true, |state| state.writer.is_some())
    }

    fn writer(&self) -> Result<Arc<Writer>> {
        let mut state = self.state();
        if state.is_retired {
            return Err(Problem::new(Kind::NotFound, "the collection was removed"));
        }
        state.written_at = Instant::now();
        if let Some(writer) = &state.writer {
            return Ok(writer.clone());
        }
        let opened = self.collection.writer_with(self.params).map_err(locked)?;
        Ok(state.writer.insert(Arc::new(opened)).clone())
    }

    pub(super) fn write<T>(&self, act: impl FnOnce(&Writer) -> pleiad_text::Result<T>) -> Result<T> {
        let writer = self.writer()?;
        act(&writer).map_err(|error| {
            if error.kind() == ErrorKind::Unavailable {
                // A writer whose disk refused once refuses everything: the next write begins anew.
                self.give_up(&writer);
            }
            // The store has conflicts of its own; every other one is a condition of the batch.
            let is_of_store = error.engine_error().is_some_and(|error| error.store_error().is_some());
            match (error.kind(), is_of_store) {
                (ErrorKind::Conflict, false) => Problem::new(Kind::PreconditionFailed, error.to_string()),
                _ => problem(error),
            }
        })
    }

    /// Lets go of a writer, unless that was done already.
    fn give_up(&self, writer: &Arc<Writer>) {
        let mut state = self.state();
        if state.writer.as_ref().is_some_and(|known| Arc::ptr_eq(known, writer)) {
            state.writer = None;
        }
    }

    /// Closes the writer after so long a time without a write: merges end, and what has grown is calibrated. Writes that come
    /// meanwhile wait for it.
    pub(super) fn rest(&self, rest: Duration) {
        let mut state = self.state();
        if state.written_at.elapsed() < rest {
            return;
        }
        match state.writer.take().map(Arc::try_unwrap) {
            None => {}
            // Somebody writes for longer than that.
            Some(Err(busy)) => state.writer = Some(busy),
            // What was acknowledged is safe, and what else went wrong is told by the next writer.
            Some(Ok(writer)) => drop(writer.close()),
        }
    }

    /// Lets go of the writer without calibrating.
    pub(super) fn end(&self) {
        drop(self.state().writer.take());
    }

    pub(super) fn retire(&self) -> Result<()> {
        let mut state = self.state();
        if state.writer.is_none() {
            // Whoever else writes has the lock.
            let taken = self.collection.writer_with(self.params).map_err(locked)?;
            drop(taken);
        }
        (state.writer, state.is_retired) = (None, true);
        Ok(())
    }
}

/// The problem of a writer that cannot be had.
fn locked(error: pleiad::Error) -> Problem {
    match error.store_error() {
        Some(StoreError::Locked { holder, .. }) => {
            let holder =
                holder.map_or_else(|| "another program".to_owned(), |process| format!("process {process}"));
            Problem::new(
                Kind::Conflict,
                format!("{holder} writes to this collection: try again when it has ended"),
            )
        }
        _ => problem(error),
    }
}
