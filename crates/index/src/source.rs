use std::ops::Range;

/// Rows that can be scored against one query: the only thing that an index knows of the data.
pub trait Source {
    /// Why a row could not be scored.
    type Error;

    /// Number of rows; they are named `0..num_rows`.
    fn num_rows(&self) -> u32;

    /// Scores the rows of a range, in order. `scores` has exactly as many entries as the range has rows.
    ///
    /// # Errors
    /// Whatever kept a row from being read: a row that cannot be scored is an error, never a low score.
    fn score_rows(&mut self, rows: Range<u32>, scores: &mut [f32]) -> Result<(), Self::Error>;

    /// Bytes that scoring one row reads, for [`crate::Stats`].
    fn bytes_per_row(&self) -> u64;
}
