//! The most memory that a process took meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks again and again until it is asked.
pub struct MemoryPeak {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    peak_kib: AtomicU64,
    is_over: AtomicBool,
}

impl MemoryPeak {
    /// Begins to look.
    pub fn start() -> Self {
        let shared = Arc::<Shared>::default();
        let own = Arc::clone(&shared);
        let look = move || {
            while !own.is_over.load(Ordering::Relaxed) {
                own.peak_kib.fetch_max(anonymous_kib(), Ordering::Relaxed);
                thread::sleep(PAUSE);
            }
        };
        Self { shared, thread: thread::spawn(look) }
    }

    /// Mebibytes at most: of the process's own memory, without the pages of mapped files, which the system takes back
    /// when it needs them.
    pub fn stop(self) -> f64 {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("it does not panic");
        self.shared.peak_kib.load(Ordering::Relaxed) as f64 / 1024.0
    }
}

fn anonymous_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}
