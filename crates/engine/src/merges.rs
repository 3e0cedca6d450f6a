use crate::error::{Error, Result};
use crate::{BuildParams, coarse, collection, postings};
use pleiad_store::{MergeChoice, PartId, PartView, SharedWriter, StoreWriter, View};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// From so many segments on a batch waits for a merge: searching pays for each, and merging has fallen behind.
const MAX_SEGMENTS: usize = 48;

/// What the thread that merges does and has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merging {
    /// Whether it is at work: on a merge, or on what searches read besides.
    pub is_at_work: bool,
    /// Merges that it has finished since the writer was opened.
    pub num_merged: u64,
}

/// Merges segments, and gives them what searches read besides, on a thread of its own, beside searching and writing.
pub(crate) struct Merges {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    collection: Arc<collection::Shared>,
    store: Arc<SharedWriter>,
    params: BuildParams,
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

impl Merges {
    /// Starts the thread; it sleeps until it is asked.
    pub(crate) fn start(
        collection: Arc<collection::Shared>,
        store: Arc<SharedWriter>,
        params: BuildParams,
    ) -> Self {
        let (state, changed, turn) = (Mutex::default(), Condvar::new(), Mutex::default());
        let shared = Arc::new(Shared { collection, store, params, state, changed, turn });
        let own = Arc::clone(&shared);
        Self { shared, thread: Some(thread::spawn(move || own.run())) }
    }

    /// Asks for what is due. Cost: it does not wait.
    pub(crate) fn ask(&self) {
        held(&self.shared.state).is_asked = true;
        self.shared.changed.notify_all();
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

    /// Does something while no segment is merged.
    pub(crate) fn meanwhile<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _turn = held(&self.shared.turn);
        work()
    }

    /// What is going on, and what was done.
    pub(crate) fn merging(&self) -> Merging {
        let state = held(&self.shared.state);
        Merging { is_at_work: state.is_at_work, num_merged: state.num_merged }
    }

    /// Merges all segments into as few as memory allows, here and now.
    pub(crate) fn compact(&self) -> Result<()> {
        self.surface()?;
        let _turn = held(&self.shared.turn);
        self.shared.store.with(StoreWriter::flush)?;
        // No more often than that: somebody who deletes meanwhile always leaves something to merge.
        for _ in 0..num_segments(&self.shared.store.view()) {
            if !self.shared.merge(MergeChoice::All)? {
                break;
            }
        }
        Ok(())
    }
}

impl Drop for Merges {
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
    /// Merges whenever it is asked to, until it is stopped.
    fn run(&self) {
        let _ended = Ended(self);
        while self.next() {
            let merged = {
                let _turn = held(&self.turn);
                self.work()
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

    /// One merge, or an attachment of one segment; false when nothing was due.
    fn work(&self) -> Result<bool> {
        Ok(self.merge(MergeChoice::Due)?
            || postings::attach_next(&self.store, &self.collection)?
            || coarse::attach_next(&self.store, &self.collection)?)
    }

    /// One merge, with the attachments of what becomes of it; false when none was due.
    fn merge(&self, choice: MergeChoice) -> Result<bool> {
        let both = self.store.with(|writer| {
            let (view, max_rows) = (writer.view(), self.max_rows(&writer.view()));
            Ok((writer.merge_job(choice, max_rows), view))
        })?;
        let (Some(job), view) = both else { return Ok(false) };
        let part = |id: PartId| view.parts().iter().find(|part| part.part_id() == id).cloned();
        let sources: Vec<PartView> = job.parts().filter_map(part).collect();
        let mut merged = job.run()?;
        if let Some(bytes) = postings::merged(&self.collection, &view, &sources)? {
            merged.attach(postings::ATTACHMENT, &bytes)?;
        }
        let coarse = merged.part().map(|part| coarse::build(part, &self.collection.codecs.fde_code));
        if let Some(bytes) = coarse.transpose()?.flatten() {
            merged.attach(coarse::ATTACHMENT, &bytes)?;
        }
        self.store.with(|writer| writer.install(merged))?;
        held(&self.state).num_merged += 1;
        Ok(true)
    }

    /// Most documents that one merge may join. Cost: O(parts).
    fn max_rows(&self, view: &View) -> u64 {
        let coarse_bytes = self.collection.codecs.fde_code.coarse().map_or(0, |codec| codec.bytes() as u64);
        self.params.max_merge_rows(coarse_bytes, postings::bytes_per_row(view.parts()))
    }
}
