//! Candidate search over anything that can score a row.
//!
//! An index sees neither files nor codes: it asks a [`Source`] for scores and keeps the best rows ([`flat`]), or is told
//! which centroids of token vectors lie best for a query and reads the rows near them ([`postings`]), or which terms a row
//! has and how much each says ([`words`]). What several of them found is joined by [`union`]. What an index did is counted in
//! [`Stats`], so that tests and plans can speak of work rather than of time.

pub mod flat;
pub mod postings;
mod source;
mod stats;
mod union;
pub mod words;

pub use source::Source;
pub use stats::Stats;
pub use union::union;
