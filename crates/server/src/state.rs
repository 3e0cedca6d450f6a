use crate::catalog::Catalog;
use crate::http::Guard;
use crate::keys::Keyring;
use crate::limits::Limits;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::work::{Queue, WaitingBytes};
use pleiad_text::Models;
use rayon::ThreadPool;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Writes that are worked on at once: those of one collection share their syncs.
const NUM_WRITERS: usize = 16;

/// Everything that requests share.
pub(crate) struct State {
    pub(crate) catalog: Catalog,
    pub(crate) keys: Keyring,
    pub(crate) guard: Guard,
    pub(crate) limits: Limits,
    pub(crate) models: Models,
    pub(crate) is_read_only: bool,
    pub(crate) reads: Queue,
    pub(crate) writes: Queue,
    pub(crate) waiting_bytes: WaitingBytes,
    /// Threads that encode what is stored, apart from those of searches. Nothing where the system gives no more.
    pub(crate) ingestion: Option<ThreadPool>,
    pub(crate) metrics: Metrics,
    pub(crate) log: Option<Log>,
    is_ending: AtomicBool,
    /// Beginning of the ids of requests, and the number of those so far.
    run_id: String,
    num_requests: AtomicU64,
}

impl State {
    pub(crate) fn new(
        catalog: Catalog,
        keys: Keyring,
        guard: Guard,
        limits: Limits,
        (models, is_read_only, log): (Models, bool, Option<Log>),
    ) -> Self {
        let ingestion =
            rayon::ThreadPoolBuilder::new().thread_name(|at| format!("pleiad-ingest-{at}")).build();
        Self {
            catalog,
            keys,
            guard,
            models,
            is_read_only,
            reads: Queue::new(limits.num_readers, limits.max_waiting, "--max-waiting"),
            writes: Queue::new(NUM_WRITERS, limits.max_waiting, "--max-waiting"),
            waiting_bytes: WaitingBytes::new(limits.max_waiting_bytes),
            ingestion: ingestion.ok(),
            metrics: Metrics::default(),
            log,
            is_ending: AtomicBool::new(false),
            run_id: crate::keys::random_name(),
            num_requests: AtomicU64::new(0),
            limits,
        }
    }

    /// Returns whether the server is about to end, and takes no new work.
    pub(crate) fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Relaxed)
    }

    /// Takes note that the server ends.
    pub(crate) fn begin_end(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    /// An id for a request that brings none.
    pub(crate) fn next_request_id(&self) -> String {
        format!("{}-{}", self.run_id, self.num_requests.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Does work on the threads of ingestion.
    pub(crate) fn ingesting<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.ingestion {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}
