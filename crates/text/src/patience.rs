use crate::error::{Error, ErrorKind, Result};
use crate::monitor::Monitor;
use std::panic;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Unattended;

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
}
