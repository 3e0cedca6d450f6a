use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes read so far, for the progress line: of the files as they lie there, compressed or not.
#[derive(Debug, Clone, Default)]
pub struct Consumed(Arc<AtomicU64>);

impl Consumed {
    /// Counts more bytes.
    pub fn add(&self, num_bytes: u64) {
        self.0.fetch_add(num_bytes, Ordering::Relaxed);
    }

    /// Bytes counted so far.
    pub fn num_bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
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
