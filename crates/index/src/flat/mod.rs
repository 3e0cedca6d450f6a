//! The index that is no index: score every row. Exact, incremental for free, and bound by memory bandwidth.
//!
//! Where a cheap score ranks about as a dear one does, a scan has two levels: [`search`] keeps several times as many rows
//! as are wanted by the cheap one, and [`refine`] scores those by the dear one.

mod refine;
mod search;
#[cfg(test)]
mod tests;

pub use refine::refine;
pub use search::{FlatError, search};
