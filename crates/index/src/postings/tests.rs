use super::*;
use crate::Stats;
use pleiad_vectors::{Ranked, Score, TopK};
use proptest::prelude::*;

/// Centroids of each row; some with repetitions.
fn rows(num_centroids: u32) -> impl Strategy<Value = Vec<Vec<u32>>> {
    prop::collection::vec(prop::collection::vec(0..num_centroids, 0..6), 0..200)
}

fn built(rows: &[Vec<u32>], num_centroids: u32) -> Vec<u8> {
    let mut builder = PostingsBuilder::new(num_centroids).unwrap();
    rows.iter().for_each(|row| builder.push(row).unwrap());
    builder.finish(99)
}

/// Scores of a few query tokens that are few values, so that many are equal.
fn scores(num_tokens: usize, num_centroids: u32, seed: u64) -> Vec<f32> {
    let mut generator = pleiad_vectors::Seed(seed).generator();
    (0..num_tokens * num_centroids as usize).map(|_| generator.below(9) as f32 - 4.0).collect()
}

/// The score of a row, straight from the definition.
fn obvious(row: &[u32], scores: &[f32], num_centroids: u32, num_probes: usize) -> f32 {
    let mut sum = 0.0;
    for scores in scores.chunks(num_centroids as usize) {
        let mut order: Vec<u32> = (0..num_centroids).collect();
        order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]).then(a.cmp(&b)));
        let imputed = scores[order[num_probes.min(order.len() - 1)] as usize];
        let met = order.iter().take(num_probes).find(|centroid| row.contains(centroid));
        sum += met.map_or(0.0, |&centroid| scores[centroid as usize] - imputed);
    }
    sum
}

proptest! {
    #[test]
    fn equals_the_definition(
        rows in rows(12), num_tokens in 0usize..5, num_probes in 0usize..15, k in 0usize..40, hidden in 1u32..7, seed: u64,
    ) {
        let bytes = built(&rows, 12);
        let postings = Postings::read(&bytes).unwrap();
        let scores = scores(num_tokens, 12, seed);
        let probes = Probes::choose(&scores, 12, num_probes).unwrap();
        // Ids run against the rows, so that a tie broken by row would show.
        let identify = |row: u32| Ok((!row.is_multiple_of(hidden)).then_some(u32::MAX - row));
        let (mut top, mut scratch) = (TopK::new(k), Scratch::default());
        for window in 0..postings.num_windows() {
            search::<_, PostingsError>(&postings, window, &probes, &mut scratch, identify, &mut top).unwrap();
        }
        let scored = (0u32..).zip(&rows).filter(|(row, _)| !row.is_multiple_of(hidden)).map(|(row, centroids)| Ranked {
            id: u32::MAX - row,
            score: Score::new(obvious(centroids, &scores, 12, num_probes)).unwrap(),
        });
        let mut expected: Vec<_> = scored.filter(|ranked| ranked.score.get() > 0.0).collect();
        expected.sort();
        expected.truncate(k);
        prop_assert_eq!(top.into_sorted(), expected);
    }

    #[test]
    fn rows_come_back_with_their_centroids(rows in rows(30)) {
        let bytes = built(&rows, 30);
        let postings = Postings::read(&bytes).unwrap();
        prop_assert_eq!((postings.num_rows() as usize, postings.centroids()), (rows.len(), 99));
        let mut again = PostingsBuilder::new(30).unwrap();
        for window in 0..postings.num_windows() {
            let found = postings.row_centroids(window).unwrap();
            (0..postings.window_rows(window)).for_each(|row| again.push(found.of(row)).unwrap());
        }
        prop_assert_eq!(again.finish(99), bytes);
    }
}

#[test]
fn windows_do_not_show() {
    // A row of each kind at both sides of a border, and empty ones between.
    let num_rows = WINDOW_ROWS as usize + 3;
    let mut rows = vec![Vec::new(); num_rows];
    for row in [0, 1, WINDOW_ROWS as usize - 1, WINDOW_ROWS as usize, num_rows - 1] {
        rows[row] = vec![(row % 3) as u32, 3];
    }
    let bytes = built(&rows, 4);
    let postings = Postings::read(&bytes).unwrap();
    assert_eq!((postings.num_windows(), postings.window_rows(1)), (2, 3));
    let probes = Probes::choose(&[0.0, 1.0, 2.0, 3.0], 4, 3).unwrap();
    let (mut scratch, mut found, mut stats) = (Scratch::default(), Vec::new(), Stats::default());
    for window in 0..2 {
        let show = |row, score| {
            found.push((row as usize, score));
            Ok::<_, PostingsError>(())
        };
        stats += visit_matches(&postings, window, &probes, &mut scratch, show).unwrap();
    }
    let expected: Vec<(usize, f32)> =
        [0, 1, WINDOW_ROWS as usize - 1, WINDOW_ROWS as usize, num_rows - 1].map(|row| (row, 3.0)).into();
    assert_eq!(found, expected);
    // All five rows have centroid 3, and one each 1 and 2.
    let num_postings = rows.concat().iter().filter(|centroid| **centroid > 0).count() as u64;
    assert_eq!((stats.num_scored, stats.num_postings), (5, num_postings));
}

#[test]
fn more_query_tokens_than_marks() {
    let bytes = built(&[vec![0], vec![1]], 2);
    let postings = Postings::read(&bytes).unwrap();
    let num_tokens = usize::from(u16::MAX) + 2;
    let probes = Probes::choose(&[1.0, 0.0].repeat(num_tokens), 2, 1).unwrap();
    let mut found = Vec::new();
    let show = |row, score| {
        found.push((row, score));
        Ok::<_, PostingsError>(())
    };
    visit_matches(&postings, 0, &probes, &mut Scratch::default(), show).unwrap();
    assert_eq!(found, [(0, num_tokens as f32)]);
}

#[test]
fn what_cannot_be_is_refused() {
    let mut builder = PostingsBuilder::new(3).unwrap();
    assert_eq!(builder.push(&[1, 3]), Err(PostingsError::Centroid { found: 3, num_centroids: 3 }));
    assert!(PostingsBuilder::new(u32::MAX).is_err() && PostingsBuilder::new(0).is_err());
    let scores = [0.0, f32::INFINITY, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(Probes::choose(&scores, 3, 2).unwrap_err(), PostingsError::Score { token: 0 });
    assert_eq!(Probes::choose(&[f32::NAN; 3], 3, 2).unwrap_err(), PostingsError::Score { token: 0 });
    let bytes = built(&[vec![0], vec![2]], 3);
    let (postings, probes) = (Postings::read(&bytes).unwrap(), Probes::choose(&[1.0, 2.0], 2, 1).unwrap());
    let show = |_, _| Ok::<_, PostingsError>(());
    assert!(
        visit_matches(&postings, 0, &probes, &mut Scratch::default(), show).is_err(),
        "probes of other centroids"
    );
    let probes = Probes::choose(&[1.0, 2.0, 3.0], 3, 1).unwrap();
    assert!(visit_matches(&postings, 1, &probes, &mut Scratch::default(), show).is_err(), "a window too far");
}

#[test]
fn damaged_bytes_are_refused() {
    let bytes = built(&[vec![0, 1], vec![2], vec![0]], 3);
    for length in 0..bytes.len() {
        assert!(Postings::read(&bytes[..length]).is_err());
    }
    // The magic, rows beyond a window, centroids, postings, and the end of the last list.
    for at in [0, 10, 12, 24, 40] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(Postings::read(&damaged).is_err(), "byte {at}");
    }
    let probes = Probes::choose(&[3.0, 2.0, 1.0], 3, 2).unwrap();
    // A list that ends before it begins, and one with a row that is not there.
    for (at, value) in [(32, 200), (bytes.len() - 2 * 3, 9)] {
        let mut damaged = bytes.clone();
        damaged[at] = value;
        let postings = Postings::read(&damaged).unwrap();
        let show = |_, _| Ok::<_, PostingsError>(());
        let error = visit_matches(&postings, 0, &probes, &mut Scratch::default(), show).unwrap_err();
        assert!(matches!(error, PostingsError::List { .. }), "{error}");
        assert!(postings.row_centroids(0).is_err());
    }
}
