use crate::error::Error;
use crate::monitor::Monitor;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Number of files that are named when they are left out, before the rest is only counted.
const MAX_NAMED: u64 = 10;

/// Progress of records: bytes of the files as they lie there, compressed or not, and
/// files of folders that were left out, as they cannot be read.
#[derive(Debug, Clone, Default)]
pub struct Consumed {
    num_bytes: Arc<AtomicU64>,
    left_out: Arc<Mutex<LeftOut>>,
}

/// Files that were left out.
#[derive(Debug, Default)]
struct LeftOut {
    num_files: u64,
    /// Messages that nobody took yet.
    reasons: Vec<String>,
}

impl Consumed {
    /// Counts more bytes.
    pub fn add(&self, num_bytes: u64) {
        self.num_bytes.fetch_add(num_bytes, Ordering::Relaxed);
    }

    /// Bytes counted so far.
    pub fn num_bytes(&self) -> u64 {
        self.num_bytes.load(Ordering::Relaxed)
    }

    /// Leaves out a file of a folder.
    pub(crate) fn leave_out(&self, reason: &Error) {
        let mut left_out = self.left_out();
        left_out.num_files += 1;
        if left_out.num_files <= MAX_NAMED {
            left_out.reasons.push(format!("{reason}: left out"));
        }
    }

    /// Tells of files that were left out since the last call, and gives the number of all of them.
    pub fn tell_left_out(&self, monitor: &dyn Monitor) -> u64 {
        let (reasons, num_files) = {
            let mut left_out = self.left_out();
            (std::mem::take(&mut left_out.reasons), left_out.num_files)
        };
        reasons.iter().for_each(|reason| monitor.warn(reason));
        num_files
    }

    fn left_out(&self) -> MutexGuard<'_, LeftOut> {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what is read from a source.
    pub fn count<R: Read>(&self, source: R) -> Counting<R> {
        Counting { source, consumed: self.clone() }
    }
}

/// A source whose bytes are counted.
pub struct Counting<R> {
    source: R,
    consumed: Consumed,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let num_bytes = self.source.read(buffer)?;
        self.consumed.add(num_bytes as u64);
        Ok(num_bytes)
    }
}
