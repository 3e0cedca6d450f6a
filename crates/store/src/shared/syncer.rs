use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A thread that syncs some time after it is asked to, once for all who asked meanwhile.
pub(super) struct Syncer {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    asked: Mutex<Requests>,
    changed: Condvar,
}

#[derive(Default)]
struct Requests {
    to_sync: bool,
    to_stop: bool,
}

impl State {
    fn held(&self) -> MutexGuard<'_, Requests> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to do; true if it is to go on.
    fn wait(&self, delay: Duration) -> bool {
        let idle = |asked: &mut Requests| !asked.to_sync && !asked.to_stop;
        let asked = self.changed.wait_while(self.held(), idle).unwrap_or_else(PoisonError::into_inner);
        // Others may join until the delay is over.
        let waited = self.changed.wait_timeout_while(asked, delay, |asked| !asked.to_stop);
        let (mut asked, _) = waited.unwrap_or_else(PoisonError::into_inner);
        asked.to_sync = false;
        !asked.to_stop
    }
}

impl Syncer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub(super) fn start(delay: Duration, sync: impl Fn() + Send + 'static) -> io::Result<Self> {
        let state = Arc::new(State::default());
        let own = Arc::clone(&state);
        let thread = thread::Builder::new().name("pleiad-sync".into()).spawn(move || {
            while own.wait(delay) {
                sync();
            }
            sync();
        })?;
        Ok(Self { state, thread: Some(thread) })
    }

    /// Asks for a sync. Cost: it does not wait.
    pub(super) fn ask(&self) {
        self.state.held().to_sync = true;
        self.state.changed.notify_all();
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.state.held().to_stop = true;
        self.state.changed.notify_all();
        // The thread runs nothing that panics; if it did, there would be nothing to undo.
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
