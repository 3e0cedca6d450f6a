//! Work that must not run on the threads that serve connections: reads and writes of collections.

use pleiad::Cancellation;
use pleiad_wire::{Kind, Problem};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

/// A queue of bounded length before a number of threads.
pub(crate) struct Queue {
    threads: Arc<Semaphore>,
    num_waiting: AtomicUsize,
    max_waiting: usize,
    flag: &'static str,
}

/// One request among those that wait, while it does.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Raises a flag when nobody waits any more: the client has gone, or time is up.
struct RaisedAtEnd(Cancellation);

impl Drop for RaisedAtEnd {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Queue {
    /// A queue before so many threads; `flag` is what makes it longer.
    pub(crate) fn new(num_threads: usize, max_waiting: usize, flag: &'static str) -> Self {
        let threads = Arc::new(Semaphore::new(num_threads.max(1)));
        Self { threads, num_waiting: AtomicUsize::new(0), max_waiting, flag }
    }

    /// Requests that wait for a thread.
    pub(crate) fn num_waiting(&self) -> usize {
        self.num_waiting.load(Ordering::Relaxed)
    }

    /// Does some work that reads, within a time. It looks at the flag that it is given, which is raised when the time is up
    /// and when the client has gone.
    ///
    /// # Errors
    /// `Overloaded` where too many wait, `DeadlineExceeded` when the time is up, those of the work.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        time: Duration,
        work: impl FnOnce(&Cancellation) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let until = Instant::now() + time;
        let late = |()| {
            let detail = format!(
                "it took longer than {} ms and was ended: ask for less, or for more time",
                time.as_millis()
            );
            Problem::new(Kind::DeadlineExceeded, detail)
        };
        let permit = timeout_at(until, self.enter()).await.map_err(|_| late(()))??;
        if Instant::now() >= until {
            return Err(late(()));
        }
        let flag = Cancellation::default();
        let raised = RaisedAtEnd(flag.clone());
        let work = spawn_blocking(move || {
            let _permit = permit;
            work(&flag)
        });
        let done = timeout_at(until, work).await.map_err(|_| late(()))?;
        drop(raised);
        done.unwrap_or_else(|defect| Err(defect_of(&defect)))
    }

    /// Does some work that writes. Once begun it goes on to its end, whoever waits.
    ///
    /// # Errors
    /// `Overloaded` where too many wait, those of the work.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        Self::run(self.enter().await?, work).await
    }

    /// The same, however many wait: what was begun is not refused half way.
    ///
    /// # Errors
    /// Those of the work.
    pub(crate) async fn wait<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = self.threads.clone().acquire_owned().await.map_err(ended)?;
        Self::run(permit, work).await
    }

    async fn run<T: Send + 'static>(
        permit: OwnedSemaphorePermit,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let work = spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        work.await.unwrap_or_else(|defect| Err(defect_of(&defect)))
    }

    async fn enter(&self) -> Result<OwnedSemaphorePermit, Problem> {
        if let Ok(permit) = self.threads.clone().try_acquire_owned() {
            return Ok(permit);
        }
        if self.num_waiting.fetch_add(1, Ordering::Relaxed) >= self.max_waiting {
            self.num_waiting.fetch_sub(1, Ordering::Relaxed);
            let detail =
                format!("{} requests wait already ({}): try again later", self.max_waiting, self.flag);
            return Err(Problem::new(Kind::Overloaded, detail));
        }
        let _waiting = Waiting(&self.num_waiting);
        self.threads.clone().acquire_owned().await.map_err(ended)
    }
}

fn ended(_: tokio::sync::AcquireError) -> Problem {
    Problem::new(Kind::Unavailable, "the server is about to end")
}

/// Work that panicked: the panic itself was told on standard error.
fn defect_of(defect: &tokio::task::JoinError) -> Problem {
    Problem::new(Kind::Internal, format!("the work ended by a defect, please report it: {defect}"))
}

/// Bytes that all writes together may hold.
pub(crate) struct WaitingBytes {
    /// One permit a KiB: a semaphore counts to 2^29 on some machines.
    kibibytes: Arc<Semaphore>,
    max_bytes: u64,
}

impl WaitingBytes {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let kibibytes = Arc::new(Semaphore::new(usize::try_from(max_bytes / 1024).unwrap_or(0).max(1)));
        Self { kibibytes, max_bytes }
    }

    /// Takes room for some bytes, which is given back with the permit.
    ///
    /// # Errors
    /// `Overloaded` where there is none now, `TooLarge` where there never is.
    pub(crate) fn take(&self, num_bytes: u64) -> Result<OwnedSemaphorePermit, Problem> {
        if num_bytes > self.max_bytes {
            let detail =
                format!("{num_bytes} bytes are more than all writes together may hold: {}", self.max_bytes);
            return Err(Problem::new(Kind::TooLarge, detail));
        }
        let wanted = u32::try_from(num_bytes / 1024).unwrap_or(u32::MAX).max(1);
        self.kibibytes.clone().try_acquire_many_owned(wanted).map_err(|_| {
            let detail = format!("writes hold {} bytes already: try again later", self.max_bytes);
            Problem::new(Kind::Overloaded, detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
    }

    #[test]
    fn a_read_whose_time_is_up_is_told_to_end() {
        let (ended, is_ended) = mpsc::channel();
        let queue = Queue::new(1, 0, "--max-waiting");
        let problem = runtime().block_on(queue.read::<()>(Duration::from_millis(20), move |flag| {
            while !flag.is_cancelled() {
                std::thread::yield_now();
            }
            ended.send(()).unwrap();
            Ok(())
        }));
        assert_eq!(problem.unwrap_err().kind, Kind::DeadlineExceeded);
        is_ended.recv_timeout(Duration::from_secs(60)).unwrap();
    }

    #[test]
    fn a_read_that_nobody_waits_for_is_told_to_end() {
        let (ended, is_ended) = mpsc::channel();
        let (begun, is_begun) = mpsc::channel();
        let queue = Arc::new(Queue::new(1, 0, "--max-waiting"));
        let runtime = runtime();
        let own = queue.clone();
        let task = runtime.spawn(async move {
            own.read::<()>(Duration::from_secs(600), move |flag| {
                begun.send(()).unwrap();
                while !flag.is_cancelled() {
                    std::thread::yield_now();
                }
                ended.send(()).unwrap();
                Ok(())
            })
            .await
        });
        is_begun.recv_timeout(Duration::from_secs(60)).unwrap();
        task.abort();
        is_ended.recv_timeout(Duration::from_secs(60)).unwrap();
    }

    #[test]
    fn what_finds_no_place_is_refused_at_once() {
        let (release, held) = mpsc::channel::<()>();
        let queue = Arc::new(Queue::new(1, 1, "--max-waiting"));
        let runtime = runtime();
        let spawn = |work: Box<dyn FnOnce() + Send>| {
            let queue = queue.clone();
            runtime.spawn(async move {
                queue
                    .write(move || {
                        work();
                        Ok(())
                    })
                    .await
            })
        };
        let (begun, is_begun) = mpsc::channel();
        let first = spawn(Box::new(move || {
            begun.send(()).unwrap();
            held.recv().unwrap();
        }));
        is_begun.recv_timeout(Duration::from_secs(60)).unwrap();
        let second = spawn(Box::new(|| {}));
        while queue.num_waiting() == 0 {
            std::thread::yield_now();
        }
        let third = runtime.block_on(queue.write(|| Ok(()))).unwrap_err();
        assert!(third.kind == Kind::Overloaded && third.detail.contains("--max-waiting"), "{third}");
        release.send(()).unwrap();
        runtime.block_on(async { (first.await.unwrap().unwrap(), second.await.unwrap().unwrap()) });
        assert_eq!(queue.num_waiting(), 0);
    }

    #[test]
    fn a_defect_is_an_answer_and_frees_its_thread() {
        let queue = Queue::new(1, 0, "--max-waiting");
        let runtime = runtime();
        let problem = runtime.block_on(queue.write::<()>(|| panic!("on purpose")));
        assert_eq!(problem.unwrap_err().kind, Kind::Internal);
        assert!(runtime.block_on(queue.write(|| Ok(()))).is_ok());
    }

    #[test]
    fn writes_hold_no_more_bytes_than_they_may() {
        let bytes = WaitingBytes::new(10 << 10);
        let first = bytes.take(8 << 10).unwrap();
        assert_eq!(bytes.take(4 << 10).unwrap_err().kind, Kind::Overloaded);
        assert_eq!(bytes.take(11 << 10).unwrap_err().kind, Kind::TooLarge);
        drop(first);
        assert!(bytes.take(4 << 10).is_ok());
    }
}
