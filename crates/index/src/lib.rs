//! Candidate search over anything that can score a row.
//!
//! An index sees neither files nor codes: it asks a [`RowScorer`] for scores and keeps the best rows ([`flat`]), or is told
//! which centroids of token vectors lie best for a query and reads the rows near them ([`postings`]), or which terms a row
//! has and how much each says ([`words`]). What several of them found is joined by [`union`]. What an index did is counted in
//! [`Stats`], so that tests and plans can speak of work rather than of time.

pub mod flat;
pub mod postings;
pub mod words;

use std::collections::HashSet;
use std::hash::Hash;
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

/// Joins the lists of several sources, each document once: the best of every list, then the second of every list, and so
/// on. Scores of different sources do not compare, so ranks decide.
///
/// Cost: one look into a hash set per entry; nothing for a single list.
pub fn union<I: Copy + Eq + Hash>(mut lists: Vec<Vec<I>>) -> Vec<I> {
    if lists.len() == 1 {
        return lists.remove(0);
    }
    let (mut seen, mut ids) = (HashSet::new(), Vec::new());
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    for rank in 0..longest {
        for &id in lists.iter().filter_map(|list| list.get(rank)) {
            if seen.insert(id) {
                ids.push(id);
            }
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_document_once_and_none_lost(lists in prop::collection::vec(prop::collection::btree_set(0u32..40, 0..30), 0..4)) {
            let found = union(lists.iter().map(|ids| ids.iter().copied().collect()).collect());
            let all: BTreeSet<u32> = lists.iter().flatten().copied().collect();
            prop_assert_eq!(found.len(), all.len());
            prop_assert_eq!(found.iter().copied().collect::<BTreeSet<u32>>(), all);
            // Whatever stands at rank r of a list is among the first (r + 1) · lists of the union.
            for list in &lists {
                for (rank, id) in list.iter().enumerate() {
                    let at = found.iter().position(|found| found == id).unwrap();
                    prop_assert!(at < (rank + 1) * lists.len());
                }
            }
        }
    }
}
