//! One writer for many threads: small batches that come together are written and synced together.

mod durability;
#[cfg(test)]
#[expect(clippy::duplicate_mod, reason = "the queue is compiled twice: for use, and for its model check")]
mod modelled;
mod queue;
mod syncer;
#[cfg(test)]
mod tests;

/// The locks that the queue waits with; its model check has others.
mod sync {
    pub(super) use std::sync::{Condvar, Mutex, MutexGuard};
}

pub use durability::{Durability, DurabilityError};

use crate::view::View;
use crate::{Commit, Operation, Result, StoreError, StoreWriter};
use queue::Queue;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use syncer::Syncer;

/// Batches of one group, at most, and bytes of their documents from which on no more are taken.
const MAX_GROUP: usize = 256;
const MAX_GROUP_BYTES: usize = 16 << 20;

/// A [`StoreWriter`] that threads share. Batches that arrive while others are being synced are written as one frame
/// and synced once, so that throughput grows with the number of threads.
pub struct SharedWriter {
    shared: Arc<Shared>,
    syncer: Option<Syncer>,
}

struct Shared {
    queue: Queue<Vec<Operation>, Result<Commit>>,
    /// `None` once it is closed.
    writer: Mutex<Option<StoreWriter>>,
    view: Mutex<View>,
    durability: Durability,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn closed() -> StoreError {
    StoreError::Poisoned { cause: "it was closed".into() }
}

impl SharedWriter {
    /// Takes a writer. [`Durability::Group`] starts a thread, which ends when this is closed or dropped.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the system gives no thread.
    pub fn new(writer: StoreWriter, durability: Durability) -> Result<Self> {
        let view = Mutex::new(writer.view());
        let writer = Mutex::new(Some(writer));
        let shared = Arc::new(Shared { queue: Queue::new(), writer, view, durability });
        let syncer = match durability {
            Durability::Group(delay_ms) => {
                let shared = Arc::clone(&shared);
                // A failure poisons the writer: the next batch says so.
                let sync = move || drop(shared.with(StoreWriter::sync));
                let started = Syncer::start(Duration::from_millis(delay_ms), sync);
                Some(started.map_err(StoreError::io("start", "a thread that syncs"))?)
            }
            Durability::Sync | Durability::None => None,
        };
        Ok(Self { shared, syncer })
    }

    /// The state after the last acknowledged batch. Cost: O(1); it does not wait for writing.
    pub fn view(&self) -> View {
        held(&self.shared.view).clone()
    }

    /// Commits a batch: all of it or nothing. It is durable as [`Durability`] says when this returns.
    ///
    /// Cost: as [`StoreWriter::commit_group`], shared with the batches of other threads that came meanwhile.
    ///
    /// # Errors
    /// As [`StoreWriter::commit`].
    pub fn commit(&self, operations: Vec<Operation>) -> Result<Commit> {
        let shared = &self.shared;
        let mut group_bytes = 0;
        let fits = |before: &[Vec<Operation>], next: &Vec<Operation>| {
            if let [only] = before {
                group_bytes = num_bytes(only);
            }
            group_bytes += num_bytes(next);
            before.len() < MAX_GROUP && group_bytes <= MAX_GROUP_BYTES
        };
        let answer = shared.queue.submit(operations, fits, |group| shared.commit_group(&group));
        if let Some(syncer) = &self.syncer {
            syncer.ask();
        }
        let lost = || StoreError::Poisoned { cause: "another thread panicked while it wrote".into() };
        answer.unwrap_or_else(|| Err(lost()))
    }

    /// Commits a batch that depends on the state before it: `decide` sees that state and makes the operations, while no
    /// other batch is written. What else it found comes back beside the commit.
    ///
    /// Cost: that of `decide`, which other threads wait for, and of [`StoreWriter::commit`]: its sync is shared with no other
    /// batch.
    ///
    /// # Errors
    /// Those of `decide`, after which nothing is changed, and of [`StoreWriter::commit`].
    pub fn commit_on<T, E: From<StoreError>>(
        &self,
        decide: impl FnOnce(&View) -> std::result::Result<(Vec<Operation>, T), E>,
    ) -> std::result::Result<(Commit, T), E> {
        let is_synced = self.shared.durability == Durability::Sync;
        let outcome = self.shared.with(|writer| {
            Ok(decide(&writer.view()).and_then(|(operations, found)| {
                let mut done = writer.commit_group(&[&operations], is_synced);
                let commit = done.pop().unwrap_or_else(|| Err(closed()))?;
                Ok((commit, found))
            }))
        });
        if let Some(syncer) = &self.syncer {
            syncer.ask();
        }
        outcome?
    }

    /// Does something else with the writer, while no batch is written.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] when it was closed, and those of `work`.
    pub fn with<T>(&self, work: impl FnOnce(&mut StoreWriter) -> Result<T>) -> Result<T> {
        self.shared.with(work)
    }

    /// Ends writing, for all threads: see [`StoreWriter::close`].
    ///
    /// # Errors
    /// As [`StoreWriter::close`]; [`StoreError::Poisoned`] when it was closed before.
    pub fn close(&self) -> Result<()> {
        held(&self.shared.writer).take().ok_or_else(closed)?.close()
    }
}

fn num_bytes(batch: &[Operation]) -> usize {
    let columns = |operation: &Operation| match operation {
        Operation::Upsert { columns, .. } => columns.iter().map(Vec::len).sum(),
        Operation::Delete { .. } => 0,
    };
    batch.iter().map(|operation| operation.key().len() + columns(operation)).sum()
}

impl Shared {
    fn with<T>(&self, work: impl FnOnce(&mut StoreWriter) -> Result<T>) -> Result<T> {
        let mut held_writer = held(&self.writer);
        let writer = held_writer.as_mut().ok_or_else(closed)?;
        let outcome = work(writer);
        let before = std::mem::replace(&mut *held(&self.view), writer.view());
        // Files may go with it: whoever takes a view does not wait for that.
        drop(before);
        outcome
    }

    /// One outcome for each batch.
    fn commit_group(&self, group: &[Vec<Operation>]) -> Vec<Result<Commit>> {
        let batches: Vec<&[Operation]> = group.iter().map(Vec::as_slice).collect();
        let is_synced = self.durability == Durability::Sync;
        let outcome = self.with(|writer| Ok(writer.commit_group(&batches, is_synced)));
        outcome.unwrap_or_else(|_| group.iter().map(|_| Err(closed())).collect())
    }
}
