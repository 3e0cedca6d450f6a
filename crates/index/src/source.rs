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

    /// Scores rows named one by one, in their order. `scores` has exactly as many entries as `rows`.
    ///
    /// # Errors
    /// As [`Source::score_rows`].
    fn score_each(&mut self, rows: &[u32], scores: &mut [f32]) -> Result<(), Self::Error> {
        let mut rows = rows.iter().zip(scores);
        rows.try_for_each(|(&row, score)| self.score_rows(row..row + 1, std::array::from_mut(score)))
    }

    /// Bytes that scoring one row reads, for [`crate::Stats`].
    fn bytes_per_row(&self) -> u64;
}
