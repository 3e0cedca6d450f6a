//! The index that is no index: score every row. Exact, incremental for free, and bound by memory bandwidth.
//!
//! Where a cheap score ranks about as a dear one does, a scan has two levels: [`search`] keeps several times as many rows
//! as are wanted by the cheap one, and [`refine`] scores those by the dear one.

#[cfg(test)]
mod tests;

use crate::{RowScorer, Stats};
use pleiad_vectors::{Ranked, Score, TopK, VectorError};
use std::ops::Range;

/// Rows scored between two looks at the list of the best: their scores stay in the first-level cache.
const BLOCK_ROWS: u32 = 1024;

/// Why a flat search ended early.
#[derive(Debug, PartialEq)]
pub enum FlatError<E> {
    /// The source could not score a row.
    Source(E),
    /// A row's score is NaN or infinite.
    Score {
        /// The row.
        row: u32,
        /// The fault of its score.
        error: VectorError,
    },
}

/// Shows every row of `rows` for which `identify` gives an id to `top`.
///
/// `identify` is asked only for rows that would be kept, so that it may be costly; `None` hides a row (deleted or
/// filtered out). Ties break by the id, so the answer depends neither on the order of rows nor on how they are
/// split between calls. Cost: one score per row.
///
/// # Errors
/// When a row cannot be scored or its score is not finite: never a missing row.
pub fn search<S: RowScorer, I: Ord + Copy>(
    source: &mut S,
    rows: Range<u32>,
    mut identify: impl FnMut(u32) -> Result<Option<I>, S::Error>,
    top: &mut TopK<I>,
) -> Result<Stats, FlatError<S::Error>> {
    let rows = rows.start..rows.end.min(source.num_rows());
    let mut scores = [0.0; BLOCK_ROWS as usize];
    let mut stats = Stats::default();
    let mut start = rows.start;
    while start < rows.end {
        let end = rows.end.min(start.saturating_add(BLOCK_ROWS));
        let block = &mut scores[..(end - start) as usize];
        source.score_rows(start..end, block).map_err(FlatError::Source)?;
        for (row, &value) in (start..end).zip(block.iter()) {
            let score = Score::new(value).map_err(|error| FlatError::Score { row, error })?;
            if top.threshold().is_some_and(|worst| score < worst) {
                continue;
            }
            if let Some(id) = identify(row).map_err(FlatError::Source)? {
                top.push(Ranked { id, score });
            }
        }
        stats.num_scored += u64::from(end - start);
        stats.read_bytes += u64::from(end - start) * source.bytes_per_row();
        start = end;
    }
    Ok(stats)
}

/// Rows that [`refine`] scores at a time.
const CHOSEN_ROWS: usize = 64;

/// Scores the rows that a coarser search chose and shows them to `top` under the ids given. Rows that lie one after the
/// other are cheaper to read. Cost: one score for each.
///
/// # Errors
/// When a row cannot be scored or its score is not finite: never a missing row.
pub fn refine<S: RowScorer, I: Ord + Copy>(
    source: &mut S,
    chosen: &[(u32, I)],
    top: &mut TopK<I>,
) -> Result<Stats, FlatError<S::Error>> {
    let (mut rows, mut scores) = ([0; CHOSEN_ROWS], [0.0; CHOSEN_ROWS]);
    for block in chosen.chunks(CHOSEN_ROWS) {
        let (rows, scores) = (&mut rows[..block.len()], &mut scores[..block.len()]);
        rows.iter_mut().zip(block).for_each(|(row, chosen)| *row = chosen.0);
        source.score_each(rows, scores).map_err(FlatError::Source)?;
        for (&(row, id), &value) in block.iter().zip(scores.iter()) {
            let score = Score::new(value).map_err(|error| FlatError::Score { row, error })?;
            top.push(Ranked { id, score });
        }
    }
    let num_scored = chosen.len() as u64;
    Ok(Stats { num_scored, read_bytes: num_scored * source.bytes_per_row(), ..Stats::default() })
}
