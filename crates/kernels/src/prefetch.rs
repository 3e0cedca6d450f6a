//! Memory asked for before it is read.

/// Bytes of a cache line.
const LINE_BYTES: usize = 64;

/// Bytes that are asked for at most: beyond them the machine has seen where this is going, and more would push out what
/// is being read.
const MAX_BYTES: usize = 4096;

/// Asks for bytes that are read soon, so that memory answers while something else is computed. Changes nothing but time.
///
/// Cost: one instruction for each of the first 64 cache lines; none where the machine's set has no such instruction.
pub fn prefetch(bytes: &[u8]) {
    for line in bytes[..bytes.len().min(MAX_BYTES)].chunks(LINE_BYTES) {
        crate::arch::prefetch(line.as_ptr());
    }
}
