use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

const BUFFER_BYTES: usize = 256 << 10;

/// Interval after which a silent source is left for a check.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// Bytes that are read on a thread of their own: a source that falls silent keeps nobody waiting but that thread, which
/// ends with its connection or with the program.
pub(super) struct Stream {
    receiver: Receiver<io::Result<Vec<u8>>>,
}

/// Result of waiting for a tick.
pub(super) enum Arrival {
    Bytes(Vec<u8>),
    Nothing,
    End,
}

impl Stream {
    /// Starts to read.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn of(mut source: impl Read + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = mpsc::sync_channel(1);
        thread::Builder::new().spawn(move || {
            loop {
                let mut bytes = vec![0; BUFFER_BYTES];
                let read = source.read(&mut bytes).map(|num_bytes| {
                    bytes.truncate(num_bytes);
                    bytes
                });
                let is_last = read.as_ref().map_or(true, Vec::is_empty);
                // Nobody listens any more after an monitor or a failed write.
                if sender.send(read).is_err() || is_last {
                    return;
                }
            }
        })?;
        Ok(Self { receiver })
    }

    /// Returns the next bytes, if any come within a tick.
    ///
    /// # Errors
    /// When the source breaks off.
    pub(super) fn next(&self) -> io::Result<Arrival> {
        match self.receiver.recv_timeout(TICK) {
            Ok(Ok(bytes)) if bytes.is_empty() => Ok(Arrival::End),
            Ok(Ok(bytes)) => Ok(Arrival::Bytes(bytes)),
            Ok(Err(error)) => Err(error),
            Err(RecvTimeoutError::Timeout) => Ok(Arrival::Nothing),
            Err(RecvTimeoutError::Disconnected) => Ok(Arrival::End),
        }
    }
}
