use crate::error::{Error, ErrorKind, Result};
use crate::monitor::Monitor;
use crate::monitor::Progress;
use pleiad::StoreError;
use std::panic;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Interval between checks for cancellation while an input is awaited.
pub(crate) const PATIENCE: Duration = Duration::from_millis(100);

/// Does work that may wait for an input without end, such as standard input, on a thread of its own, and leaves it when
/// the caller cancels. A thread that is left ends with its input, or with the program.
///
/// # Errors
/// `Cancelled` when the caller cancels.
pub fn wait_for<T: Send + 'static>(
    monitor: &dyn Monitor,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    // Nobody listens any more after a cancellation: then there is nothing to do about the result.
    let worker = thread::Builder::new()
        .spawn(move || drop(sender.send(work())))
        .map_err(|error| Error::io("the system gives no thread", &error))?;
    loop {
        if monitor.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "interrupted while waiting for the input"));
        }
        match receiver.recv_timeout(PATIENCE) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => {}
            // A defect in the other thread is one in this.
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(defect) => panic::resume_unwind(defect),
                Ok(()) => return Err(Error::new(ErrorKind::Internal, "the work ended without a result")),
            },
        }
    }
}

/// Shortest pause before a lock that is taken is tried again; the longest is [`PATIENCE`].
const MIN_PAUSE: Duration = Duration::from_millis(1);

/// Does what needs the lock of a collection once nobody else holds it. Waits at most `wait`, tells the monitor once who is
/// waited for, and ends when the caller cancels; `attempt` itself must not wait.
///
/// # Errors
/// `Conflict` when it is still held in the end, `Cancelled` when the caller cancels; those of `attempt`.
pub fn when_free<T>(
    monitor: &dyn Monitor,
    wait: Duration,
    mut attempt: impl FnMut() -> std::result::Result<T, pleiad::Error>,
) -> Result<T> {
    let (start, mut pause) = (Instant::now(), MIN_PAUSE);
    let mut is_told = false;
    loop {
        let error = match attempt() {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let left = wait.saturating_sub(start.elapsed());
        let Some(&StoreError::Locked { holder, .. }) = error.store_error() else { return Err(error.into()) };
        if left.is_zero() {
            return Err(error.into());
        }
        if !is_told {
            monitor.report(Progress::WaitingForLock { holder, seconds: wait.as_secs() });
            is_told = true;
        }
        if monitor.is_cancelled() {
            let holder =
                holder.map_or_else(|| "another process".into(), |process| format!("process {process}"));
            let message =
                format!("interrupted while {holder} was writing to the collection: nothing was changed");
            return Err(Error::new(ErrorKind::Cancelled, message));
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Unattended;
    use std::cell::{Cell, RefCell};

    struct Cancelled;

    impl Monitor for Cancelled {
        fn is_cancelled(&self) -> bool {
            true
        }
    }

    #[test]
    fn work_without_end_is_left() {
        assert_eq!(wait_for(&Unattended, || 7).unwrap(), 7);
        let (held, waiting) = mpsc::channel::<()>();
        let error = wait_for(&Cancelled, move || waiting.recv().is_ok()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        drop(held);
    }

    /// Hears who is waited for, and cancels after so many looks.
    #[derive(Default)]
    struct Impatient {
        heard: RefCell<Vec<Option<u32>>>,
        looks_left: Cell<Option<u32>>,
    }

    impl Monitor for Impatient {
        fn is_cancelled(&self) -> bool {
            let left = self.looks_left.get();
            self.looks_left.set(left.map(|left| left.saturating_sub(1)));
            left == Some(0)
        }

        fn report(&self, progress: Progress<'_>) {
            if let Progress::WaitingForLock { holder, .. } = progress {
                self.heard.borrow_mut().push(holder);
            }
        }
    }

    fn locked<T>() -> std::result::Result<T, pleiad::Error> {
        Err(StoreError::Locked { folder: "notes".into(), holder: Some(7) }.into())
    }

    #[test]
    fn a_lock_is_waited_for_and_its_holder_told_once() {
        let monitor = Impatient::default();
        let mut num_attempts = 0;
        let done = when_free(&monitor, Duration::from_secs(600), || {
            num_attempts += 1;
            if num_attempts < 5 { locked() } else { Ok(num_attempts) }
        });
        assert_eq!((done.unwrap(), monitor.heard.take()), (5, vec![Some(7)]));
        let error = when_free(&monitor, Duration::from_millis(30), locked::<()>).unwrap_err();
        assert_eq!((error.kind(), monitor.heard.take()), (ErrorKind::Conflict, vec![Some(7)]));
        let error = when_free(&monitor, Duration::ZERO, locked::<()>).unwrap_err();
        assert_eq!((error.kind(), monitor.heard.take()), (ErrorKind::Conflict, vec![]));
    }

    #[test]
    fn a_caller_that_cancels_does_not_wait_for_a_lock() {
        let monitor = Impatient { looks_left: Cell::new(Some(3)), ..Impatient::default() };
        let error = when_free(&monitor, Duration::from_secs(86_400), locked::<()>).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(error.to_string().contains("process 7"), "{error}");
        let other = || Err::<(), _>(StoreError::NoSnapshot { name: "x".into() }.into());
        let error = when_free(&monitor, Duration::from_secs(86_400), other).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
