use crate::{DocId, Score};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

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
/// Cost: O(log k) for an entry that is kept, O(1) for one that is not.
#[derive(Debug, Clone)]
pub struct TopK<I = DocId> {
    k: usize,
    // The worst entry kept is on top: `Ranked` orders best first, so the greatest is the worst.
    heap: BinaryHeap<Ranked<I>>,
}

impl<I: Ord + Copy> TopK<I> {
    /// An empty list of at most `k` entries.
    pub fn new(k: usize) -> Self {
        Self { k, heap: BinaryHeap::with_capacity(k.min(1 << 16)) }
    }

    /// Shows one entry.
    pub fn push(&mut self, entry: Ranked<I>) {
        if self.heap.len() < self.k {
            self.heap.push(entry);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && entry < *worst
        {
            *worst = entry;
        }
    }

    /// The score that a new entry must reach to be kept, once the list is full.
    pub fn threshold(&self) -> Option<Score> {
        if self.heap.len() < self.k { None } else { self.heap.peek().map(|worst| worst.score) }
    }

    /// Entries kept so far.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing is kept yet.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Takes all that another list kept.
    pub fn merge(&mut self, other: Self) {
        for entry in other.heap {
            self.push(entry);
        }
    }

    /// The kept entries, best first.
    pub fn into_sorted(self) -> Vec<Ranked<I>> {
        self.heap.into_sorted_vec()
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
