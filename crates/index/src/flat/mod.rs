//! The index that is no index: score every row. Exact, incremental for free, and bound by memory bandwidth.

mod search;
#[cfg(test)]
mod tests;

pub use search::{FlatError, search};
