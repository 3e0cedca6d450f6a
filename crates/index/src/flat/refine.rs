use super::FlatError;
use crate::{RowScorer, Stats};
use pleiad_vectors::{Ranked, Score, TopK};

/// Rows scored at a time.
const BLOCK_ROWS: usize = 64;

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
    let (mut rows, mut scores) = ([0; BLOCK_ROWS], [0.0; BLOCK_ROWS]);
    for block in chosen.chunks(BLOCK_ROWS) {
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
