//! Common parts of all benchmarks.
//!
//! Times are CPU time of the measuring thread, so that a busy machine disturbs less. In every round each contender runs
//! once; figures are medians over the rounds, and a ratio is the median of the ratios *within* a round, which both sides
//! of it met under the same load.

pub mod clock;
pub mod command;
pub mod data;
pub mod machine;
pub mod npy;
pub mod peak;
pub mod python;
pub mod report;
pub mod rounds;
