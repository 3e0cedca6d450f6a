use super::attachment::attach_next;
use super::calibration::calibrate_if_due;
use super::merge;
use crate::calibration::CalibratedRanking;
use crate::error::{Error, ErrorKind, Result};
use crate::vector_field::VectorField;
use crate::{BuildParams, Snapshot, shared};
use pleiad_store::{MergeChoice, PartId, SharedWriter, StoreWriter, View};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// From so many segments on a batch waits for a merge: searching pays for each, and merging has fallen behind.
const MAX_SEGMENTS: usize = 48;

/// The state of a writer's background work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaintenanceStatus {
    /// True while it is at work, or about to be: on a merge, on an auxiliary index, or on a calibration.
    pub is_at_work: bool,
    /// Merges finished since the writer was opened.
    pub num_merged: u64,
}

/// Merges segments, builds their attachments, and calibrates again, on threads of its own, beside searching and
/// writing.
pub(crate) struct Maintenance {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    collection: Arc<shared::Shared>,
    store: Arc<SharedWriter>,
    params: BuildParams,
    /// Pool of threads for background work on all cores: in the pool of searches these would wait until all of
    /// it is done, where the system shares the cores among threads. Nothing where no more threads can be had.
    pool: Option<ThreadPool>,
    state: Mutex<State>,
    changed: Condvar,
    /// Held from the choice of segments to the installation of what became of them.
    turn: Mutex<()>,
}

#[derive(Default)]
struct State {
    is_asked: bool,
    is_at_work: bool,
    is_stopped: bool,
    num_merged: u64,
    /// Surfaces at the next call of the writer.
    error: Option<Error>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Segments of a view.
pub(crate) fn num_segments(view: &View) -> usize {
    view.parts().iter().filter(|part| matches!(part.part_id(), PartId::Segment(_))).count()
}

impl Maintenance {
    /// Starts the thread; it sleeps until it is asked.
    ///
    /// # Errors
    /// `Unavailable` when the system gives none.
    pub(crate) fn start(
        collection: Arc<shared::Shared>,
        store: Arc<SharedWriter>,
        params: BuildParams,
    ) -> Result<Self> {
        let (state, changed, turn) = (Mutex::default(), Condvar::new(), Mutex::default());
        let pool = ThreadPoolBuilder::new().thread_name(|at| format!("pleiad-merge-{at}")).build().ok();
        let shared = Arc::new(Shared { collection, store, params, pool, state, changed, turn });
        let own = Arc::clone(&shared);
        let weak = Arc::downgrade(&shared);
        shared.collection.alarm.set(move || {
            if let Some(shared) = weak.upgrade() {
                shared.ask();
            }
        });
        let thread = thread::Builder::new().name("pleiad-maintenance".into()).spawn(move || own.run());
        let refused = |error: std::io::Error| {
            let message = format!("the system gives no thread for background work: {error}");
            Error::new(ErrorKind::Unavailable, message).caused_by(error)
        };
        Ok(Self { shared, thread: Some(thread.map_err(refused)?) })
    }

    /// Asks for what is due. Cost: it does not wait.
    pub(crate) fn ask(&self) {
        self.shared.ask();
    }

    /// The error of a merge, once.
    pub(crate) fn surface(&self) -> Result<()> {
        match held(&self.shared.state).error.take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Waits while merging has fallen behind, and then surfaces its error if there is one.
    pub(crate) fn keep_up(&self) -> Result<()> {
        let is_behind = || num_segments(&self.shared.store.view()) >= MAX_SEGMENTS;
        if is_behind() {
            self.ask();
            self.wait_while(|state| (state.is_asked || state.is_at_work) && is_behind());
        }
        self.surface()
    }

    /// Waits until nothing more is due.
    pub(crate) fn finish(&self) -> Result<()> {
        self.wait_while(|state| state.is_asked || state.is_at_work);
        self.surface()
    }

    fn wait_while(&self, mut is_waiting: impl FnMut(&State) -> bool) {
        let waiting = |state: &mut State| state.error.is_none() && !state.is_stopped && is_waiting(state);
        let state = held(&self.shared.state);
        drop(self.shared.changed.wait_while(state, waiting).unwrap_or_else(PoisonError::into_inner));
    }

    /// Does something while no segment is merged, beside searches as merges are.
    pub(crate) fn meanwhile<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let _turn = held(&self.shared.turn);
        self.shared.beside_searches(work)
    }

    /// The present state. Cost: it does not wait.
    pub(crate) fn status(&self) -> MaintenanceStatus {
        let state = held(&self.shared.state);
        MaintenanceStatus { is_at_work: state.is_asked || state.is_at_work, num_merged: state.num_merged }
    }

    /// Merges all segments into as few as memory allows, here and now.
    pub(crate) fn compact(&self) -> Result<()> {
        self.surface()?;
        let _turn = held(&self.shared.turn);
        self.shared.store.with(StoreWriter::flush)?;
        // No more often than that: somebody who deletes meanwhile always leaves something to merge.
        for _ in 0..num_segments(&self.shared.store.view()) {
            if !self.shared.beside_searches(|| self.shared.merge(MergeChoice::All))? {
                break;
            }
        }
        // A lone segment that came from the log is not merged, and has no auxiliary indexes yet.
        self.ask();
        Ok(())
    }
}

impl Drop for Maintenance {
    /// Waits for the merge under way.
    fn drop(&mut self) {
        held(&self.shared.state).is_stopped = true;
        self.shared.changed.notify_all();
        // Its panics were told when they happened; there is nothing to undo.
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Tells those who wait that nobody works any more, also after a panic.
struct Ended<'a>(&'a Shared);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        held(&self.0.state).is_stopped = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn ask(&self) {
        held(&self.state).is_asked = true;
        self.changed.notify_all();
    }

    /// Merges whenever it is asked to, until it is stopped.
    fn run(&self) {
        let _ended = Ended(self);
        while self.next() {
            let merged = {
                let _turn = held(&self.turn);
                self.beside_searches(|| self.work())
            };
            let mut state = held(&self.state);
            state.is_at_work = false;
            match merged {
                // There may be more to do.
                Ok(true) => state.is_asked = true,
                Ok(false) => {}
                Err(error) => state.error = Some(error),
            }
            drop(state);
            self.changed.notify_all();
        }
    }

    /// Waits until it is asked; false when it is stopped.
    fn next(&self) -> bool {
        let idle = |state: &mut State| !state.is_asked && !state.is_stopped;
        let state = self.changed.wait_while(held(&self.state), idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        (state.is_asked, state.is_at_work) = (false, true);
        !state.is_stopped
    }

    fn beside_searches<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// One merge, an attachment of one segment, or a calibration; false when nothing was due.
    fn work(&self) -> Result<bool> {
        if self.merge(MergeChoice::Due)? {
            return Ok(true);
        }
        for attachment in merge::attachments(&self.collection, &self.store.view())? {
            if attach_next(&self.store, &*attachment)? {
                return Ok(true);
            }
        }
        self.calibrate()
    }

    /// Calibrates if that is due and somebody searches. A collection that is only filled has the cost of it once,
    /// when its writer is closed.
    fn calibrate(&self) -> Result<bool> {
        let is_searched = self.collection.is_searched.swap(false, Ordering::Relaxed);
        let rankings = [CalibratedRanking::Vectors, CalibratedRanking::Fused];
        let is_due = |field: &VectorField| {
            rankings.into_iter().any(|ranking| !field.observed_of(ranking).due().is_empty())
        };
        if !is_searched && !self.collection.fields.iter().any(is_due) {
            return Ok(false);
        }
        let snapshot = Snapshot::whole(self.collection.clone(), self.store.view());
        calibrate_if_due(&self.store, &snapshot, self.params)
    }

    fn merge(&self, choice: MergeChoice) -> Result<bool> {
        let is_merged = merge::merge(&self.store, &self.collection, self.params, choice)?;
        held(&self.state).num_merged += u64::from(is_merged);
        Ok(is_merged)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Batch, Collection, Document, MultiVector, Query, Schema, SearchParams};
    use rayon::prelude::*;
    use std::sync::{Condvar, Mutex};
    use std::thread;
    use std::time::Duration;

    /// More than a search does on the calling thread.
    const NUM_DOCUMENTS: usize = 4200;

    #[test]
    fn a_search_does_not_wait_for_what_is_done_beside_it_on_all_cores() {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::create(folder.path().join("collection"), &Schema::new(4)).unwrap();
        let writer = collection.writer().unwrap();
        let row = |at: usize| MultiVector::new(vec![1.0, at as f32, 0.5, -1.0], 4).unwrap();
        let mut batch = Batch::new();
        (0..NUM_DOCUMENTS).for_each(|at| {
            batch.upsert(Document::new(format!("{at}"), row(at)).unwrap());
        });
        writer.apply(batch).unwrap();
        let (is_answered, answered) = (Mutex::new(false), Condvar::new());
        let at_work = Mutex::new(0);
        let wait = &|_: usize| {
            *at_work.lock().unwrap() += 1;
            // The limit only ends a test that would fail.
            let limit = Duration::from_secs(60);
            let waited =
                answered.wait_timeout_while(is_answered.lock().unwrap(), limit, |is_answered| !*is_answered);
            assert!(!waited.unwrap().1.timed_out(), "a search waits for this, which waits for the search");
        };
        thread::scope(|scope| {
            let num_tasks = 4 * rayon::current_num_threads();
            let maintenance = &writer.maintenance;
            let beside = scope.spawn(move || {
                maintenance.meanwhile(|| {
                    (0..num_tasks).into_par_iter().for_each(wait);
                    Ok(())
                })
            });
            while *at_work.lock().unwrap() < rayon::current_num_threads() {
                thread::yield_now();
            }
            let answer = writer.snapshot().search(&Query::new(row(7)), &SearchParams::default()).unwrap();
            assert_eq!(answer.hits.len(), 10);
            *is_answered.lock().unwrap() = true;
            answered.notify_all();
            beside.join().unwrap().unwrap();
        });
    }
}
