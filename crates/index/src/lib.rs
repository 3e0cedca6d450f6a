//! Candidate search over anything that can score a row.
//!
//! An index sees neither files nor codes: it asks a [`RowScorer`] for scores and keeps the best rows ([`flat`]), or is told
//! which centroids of token vectors lie best for a query and reads the rows near them ([`postings`]), or which terms a row
//! has and how much each says ([`words`]). The rows that have a value are found by [`attributes`]. What an index did is
//! counted in [`Stats`], so that tests and plans can speak of work rather than of time.

pub mod attributes;
pub mod flat;
pub mod postings;
mod varint;
pub mod words;

use std::ops::{AddAssign, Range};

/// Rows that can be scored against one query: the only thing that an index knows of the data.
pub trait RowScorer {
    /// Why a row could not be scored.
    type Error;

    /// Number of rows; they are named `0..num_rows`.
    fn num_rows(&self) -> u32;

    /// Scores the rows of a range, in order. `scores` has exactly as many entries as the range has rows.
    ///
    /// # Errors
    /// Whatever kept a row from being read: a row that cannot be scored is an error, never a low score.
    fn score_rows(&mut self, rows: Range<u32>, scores: &mut [f32]) -> Result<(), Self::Error>;

    /// Scores rows named one by one, in their order. `scores` has exactly as many entries as `rows`.
    ///
    /// # Errors
    /// As [`RowScorer::score_rows`].
    fn score_each(&mut self, rows: &[u32], scores: &mut [f32]) -> Result<(), Self::Error> {
        let mut rows = rows.iter().zip(scores);
        rows.try_for_each(|(&row, score)| self.score_rows(row..row + 1, std::array::from_mut(score)))
    }

    /// Bytes that scoring one row reads, for [`Stats`].
    fn bytes_per_row(&self) -> u64;
}

/// The work of a search, in units that do not depend on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Rows scored.
    pub num_scored: u64,
    /// Postings read for them.
    pub num_postings: u64,
    /// Bytes of codes read for them.
    pub read_bytes: u64,
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.num_scored += other.num_scored;
        self.num_postings += other.num_postings;
        self.read_bytes += other.read_bytes;
    }
}
