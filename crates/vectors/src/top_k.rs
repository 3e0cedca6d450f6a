use crate::{DocId, Score};
use std::cmp::Ordering;

/// An id and its score; ordered best first: higher score, then lower id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked<I = DocId> {
    /// Whose score it is.
    pub id: I,
    /// The score.
    pub score: Score,
}

impl<I: Ord> Ord for Ranked<I> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.score.cmp(&self.score).then_with(|| self.id.cmp(&other.id))
    }
}

impl<I: Ord> PartialOrd for Ranked<I> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Keeps the best `k` of what it is shown, whatever the order: ties break by id, lowest first.
///
/// Cost: O(1) for each entry shown, averaged over those that are kept: up to `k` entries more than wanted are
/// gathered before the best are told from the rest.
#[derive(Debug, Clone)]
pub struct TopK<I = DocId> {
    k: usize,
    /// The best `k` so far are among them; fewer than `2 k`.
    entries: Vec<Ranked<I>>,
    /// The worst of the best `k` when they were last told from the rest.
    worst: Option<Ranked<I>>,
}

impl<I: Ord + Copy> TopK<I> {
    /// An empty list of at most `k` entries.
    pub fn new(k: usize) -> Self {
        Self { k, entries: Vec::new(), worst: None }
    }

    /// Entries kept at most.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Shows one entry.
    pub fn push(&mut self, entry: Ranked<I>) {
        if self.k == 0 || self.worst.is_some_and(|worst| entry >= worst) {
            return;
        }
        self.entries.push(entry);
        if self.worst.is_none() && self.entries.len() == self.k {
            self.worst = self.entries.iter().max().copied();
        } else if self.entries.len() >= 2 * self.k {
            self.leave_best();
        }
    }

    /// A score that a new entry must reach to be kept, once there are `k`. It may be lower than that of the worst entry
    /// kept, and never falls.
    pub fn threshold(&self) -> Option<Score> {
        self.worst.map(|worst| worst.score)
    }

    /// Entries kept so far.
    pub fn len(&self) -> usize {
        self.entries.len().min(self.k)
    }

    /// Returns whether nothing is kept yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes all that another list kept.
    pub fn merge(&mut self, other: Self) {
        for entry in other.entries {
            self.push(entry);
        }
    }

    /// The kept entries in no order.
    pub fn into_unsorted(mut self) -> Vec<Ranked<I>> {
        self.leave_best();
        self.entries
    }

    /// The kept entries, best first.
    pub fn into_sorted(self) -> Vec<Ranked<I>> {
        let mut entries = self.into_unsorted();
        entries.sort_unstable();
        entries
    }

    /// Drops all but the best `k`.
    fn leave_best(&mut self) {
        if self.entries.len() > self.k {
            let (_, worst, _) = self.entries.select_nth_unstable(self.k - 1);
            self.worst = Some(*worst);
            self.entries.truncate(self.k);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ranked(id: u64, score: f32) -> Ranked {
        Ranked { id: DocId(id), score: Score::new(score).unwrap() }
    }

    #[test]
    fn zero_keeps_nothing() {
        let mut top = TopK::new(0);
        top.push(ranked(1, 1.0));
        assert!(top.is_empty());
        assert_eq!(top.threshold(), None);
    }

    #[test]
    fn what_must_be_reached_is_known_as_soon_as_enough_is_kept() {
        let mut top = TopK::new(2);
        top.push(ranked(1, 3.0));
        assert_eq!((top.threshold(), top.len()), (None, 1));
        top.push(ranked(2, 1.0));
        top.push(ranked(3, 0.5));
        assert_eq!((top.threshold(), top.len()), (Score::new(1.0).ok(), 2));
        top.push(ranked(4, 2.0));
        top.push(ranked(5, 4.0));
        assert_eq!(top.threshold(), Score::new(3.0).ok());
        assert_eq!(top.into_sorted(), [ranked(5, 4.0), ranked(1, 3.0)]);
    }

    proptest! {
        #[test]
        fn equals_a_sort(scores in prop::collection::vec(-3i8..3, 0..60), k in 0usize..20, cut in 0usize..60) {
            let entries: Vec<Ranked> =
                scores.iter().enumerate().map(|(i, &s)| ranked(i as u64, f32::from(s))).collect();
            let mut sorted = entries.clone();
            sorted.sort();
            sorted.truncate(k);
            let (left, right) = entries.split_at(cut.min(entries.len()));
            let (mut a, mut b) = (TopK::new(k), TopK::new(k));
            left.iter().rev().for_each(|&e| a.push(e));
            right.iter().for_each(|&e| b.push(e));
            a.merge(b);
            prop_assert_eq!(a.into_sorted(), sorted);
        }
    }
}
