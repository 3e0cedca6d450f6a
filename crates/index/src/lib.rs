//! Candidate search over anything that can score a row.
//!
//! An index sees neither files nor codes: it asks a [`Source`] for scores and keeps the best rows. What it did is
//! counted in [`Stats`], so that tests and plans can speak of work rather than of time.

pub mod flat;
mod source;
mod stats;

pub use source::Source;
pub use stats::Stats;
