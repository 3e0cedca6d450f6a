//! File systems in memory, for tests of this crate and of those that build on it: one that works, and one that
//! fails, loses power and tears what was not synced.

mod faulty;
mod image;
mod memory;

pub use faulty::{Fault, FaultyBackend};
pub use image::Loss;
pub use memory::MemoryBackend;
