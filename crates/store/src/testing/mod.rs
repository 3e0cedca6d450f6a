//! File systems in memory, for tests of this crate and of those that build on it: one that works, and one that
//! fails, loses power and tears what was not synced; and checksums for content that nobody wrote.

mod faulty;
mod image;
mod memory;
mod seal;

pub use faulty::{Fault, FaultyBackend};
pub use image::Loss;
pub use memory::MemoryBackend;
pub use seal::{seal_log, seal_manifest, seal_segment};
