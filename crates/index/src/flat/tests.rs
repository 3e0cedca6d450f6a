use super::{FlatError, refine, search};
use crate::{RowScorer, Stats};
use pleiad_vectors::{Ranked, Score, TopK};
use proptest::prelude::*;
use std::ops::Range;

/// Scores held in memory; row `broken` cannot be read.
struct Scores {
    values: Vec<f32>,
    broken: Option<u32>,
}

impl RowScorer for Scores {
    type Error = String;

    fn num_rows(&self) -> u32 {
        self.values.len() as u32
    }

    fn score_rows(&mut self, rows: Range<u32>, scores: &mut [f32]) -> Result<(), String> {
        if let Some(row) = self.broken.filter(|row| rows.contains(row)) {
            return Err(format!("row {row} is unreadable"));
        }
        scores.copy_from_slice(&self.values[rows.start as usize..rows.end as usize]);
        Ok(())
    }

    fn bytes_per_row(&self) -> u64 {
        4
    }
}

#[test]
fn an_unreadable_row_is_an_error() {
    let mut source = Scores { values: vec![0.0; 5000], broken: Some(4000) };
    let error = search(&mut source, 0..5000, |row| Ok(Some(row)), &mut TopK::new(3)).unwrap_err();
    assert_eq!(error, FlatError::Source("row 4000 is unreadable".into()));
}

#[test]
fn a_score_that_is_not_finite_is_an_error() {
    let mut source = Scores { values: vec![0.0, f32::NAN], broken: None };
    let error = search(&mut source, 0..2, |row| Ok(Some(row)), &mut TopK::new(3)).unwrap_err();
    assert!(matches!(error, FlatError::Score { row: 1, .. }));
}

#[test]
fn work_is_counted_and_ids_are_asked_for_only_when_needed() {
    let mut source = Scores { values: (0..3000).map(|i| -(i as f32)).collect(), broken: None };
    let (mut top, mut num_asked) = (TopK::new(2), 0);
    let identify = |row| {
        num_asked += 1;
        Ok(Some(row))
    };
    let stats = search(&mut source, 0..u32::MAX, identify, &mut top).unwrap();
    assert_eq!(stats, Stats { num_scored: 3000, num_postings: 0, read_bytes: 12_000 });
    assert_eq!(num_asked, 2);
}

#[test]
fn what_is_refined_is_read_or_an_error() {
    let mut source = Scores { values: vec![0.0, 1.0, f32::INFINITY], broken: Some(1) };
    let error = refine(&mut source, &[(0, 7), (1, 8)], &mut TopK::new(1)).unwrap_err();
    assert_eq!(error, FlatError::Source("row 1 is unreadable".into()));
    let error = refine(&mut source, &[(0, 7), (2, 8)], &mut TopK::new(1)).unwrap_err();
    assert!(matches!(error, FlatError::Score { row: 2, .. }));
}

proptest! {
    #[test]
    fn two_levels_find_what_the_coarse_one_keeps(
        values in prop::collection::vec((-4i8..4, -4i8..4), 0..1000),
        (num_coarse, k) in (0usize..80, 0usize..30),
    ) {
        let level = |of: fn(&(i8, i8)) -> i8| Scores { values: values.iter().map(|v| f32::from(of(v))).collect(), broken: None };
        let (mut coarse, mut fine) = (level(|v| v.0), level(|v| v.1));
        let mut top = TopK::new(num_coarse);
        search(&mut coarse, 0..u32::MAX, |row| Ok(Some(row)), &mut top).unwrap();
        let chosen: Vec<(u32, u32)> = top.into_sorted().iter().map(|ranked| (ranked.id, ranked.id)).collect();
        let mut top = TopK::new(k);
        let stats = refine(&mut fine, &chosen, &mut top).unwrap();
        prop_assert_eq!((stats.num_scored, stats.read_bytes), (chosen.len() as u64, 4 * chosen.len() as u64));
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by_key(|&row| (-values[row as usize].0, row));
        order.truncate(num_coarse);
        order.sort_by_key(|&row| (-values[row as usize].1, row));
        order.truncate(k);
        let found: Vec<u32> = top.into_sorted().iter().map(|ranked| ranked.id).collect();
        prop_assert_eq!(found, order);
    }

    #[test]
    fn equals_a_sort_over_visible_rows(
        values in prop::collection::vec(-4i8..4, 0..3000),
        hidden in 1u32..7,
        k in 0usize..30,
        cut in 0u32..3000,
    ) {
        let mut source = Scores { values: values.iter().map(|&v| f32::from(v)).collect(), broken: None };
        // Ids run against the rows, so that a tie broken by row would show.
        let id = |row: u32| u32::MAX - row;
        let identify = |row: u32| Ok((!row.is_multiple_of(hidden)).then(|| id(row)));
        let mut top = TopK::new(k);
        search(&mut source, cut..u32::MAX, identify, &mut top).unwrap();
        search(&mut source, 0..cut, identify, &mut top).unwrap();
        let mut expected: Vec<_> = (0..source.num_rows())
            .filter(|row| !row.is_multiple_of(hidden))
            .map(|row| Ranked { id: id(row), score: Score::new(source.values[row as usize]).unwrap() })
            .collect();
        expected.sort();
        expected.truncate(k);
        prop_assert_eq!(top.into_sorted(), expected);
    }
}
