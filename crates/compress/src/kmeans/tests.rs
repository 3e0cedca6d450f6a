use super::*;
use pleiad_kernels::Isa;
use pleiad_vectors::Seed;
use proptest::prelude::*;

/// Rows around `num_topics` directions.
fn rows(num_rows: usize, dim: usize, num_topics: usize, seed: u64) -> Vec<f32> {
    let mut g = Seed(seed).generator();
    let topics: Vec<f32> = (0..num_topics * dim).map(|_| g.gaussian()).collect();
    let mut rows = Vec::with_capacity(num_rows * dim);
    for _ in 0..num_rows {
        let topic = g.below(num_topics as u64) as usize * dim;
        rows.extend(topics[topic..topic + dim].iter().map(|v| v + 0.2 * g.gaussian()));
    }
    rows
}

fn square(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum()
}

fn train(rows: &[f32], dim: usize, params: &KMeansParams) -> Centroids {
    Centroids::train(rows, dim, params, Isa::best(), &in_order).unwrap()
}

/// Without drawing a sample.
fn of_all(num_centroids: usize, seed: u64) -> KMeansParams {
    KMeansParams { rows_per_centroid: usize::MAX, ..KMeansParams::new(num_centroids, Seed(seed)) }
}

/// Mean squared distance to the nearest centroid.
fn error(centroids: &Centroids, rows: &[f32]) -> f64 {
    let nearest = centroids.assign(rows, Isa::best(), &in_order).unwrap();
    nearest.iter().map(|nearest| f64::from(nearest.square)).sum::<f64>() / nearest.len() as f64
}

/// Four threads that take tasks from the last to the first.
fn backwards_on_threads(num_tasks: usize, task: &(dyn Fn(usize) + Sync)) {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || (0..num_tasks).rev().filter(|at| at % 4 == thread).for_each(task));
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The obvious loop, on every instruction set.
    #[test]
    fn the_nearest_is_the_nearest(dim in 1usize..40, num_rows in 0usize..60, num_centroids in 1usize..40, seed: u64) {
        let values = rows(num_rows + num_centroids, dim, 5, seed);
        let (rows, centroids) = values.split_at(num_rows * dim);
        for isa in Isa::available() {
            let centroids = Centroids::new(centroids.to_vec(), dim, isa).unwrap();
            let nearest = centroids.assign(rows, isa, &in_order).unwrap();
            prop_assert_eq!(nearest.len(), num_rows);
            for (row, nearest) in rows.chunks(dim).zip(nearest) {
                let slack = 1e-5 * (1.0 + square(row, &vec![0.0; dim]));
                let least = centroids.values().chunks(dim).map(|c| square(row, c)).fold(f64::INFINITY, f64::min);
                let found = square(row, centroids.row(nearest.centroid));
                prop_assert!(found <= least + slack, "{isa}: {found} {least}");
                prop_assert!((f64::from(nearest.square) - found).abs() <= slack);
            }
        }
    }

    #[test]
    fn every_centroid_is_the_mean_of_some_rows(num_rows in 1usize..300, num_centroids in 1usize..40, seed: u64) {
        let rows = rows(num_rows, 6, 9, seed);
        let params = KMeansParams { num_rounds: 100, ..of_all(num_centroids, seed) };
        let centroids = train(&rows, 6, &params);
        prop_assert_eq!(centroids.num_centroids(), num_centroids.min(num_rows));
        // It has settled, so its own assignment shows its clusters.
        let nearest = centroids.assign(&rows, Isa::best(), &in_order).unwrap();
        for at in 0..centroids.num_centroids() as u32 {
            let own = || rows.chunks(6).zip(&nearest).filter(|(_, n)| n.centroid == at).map(|(row, _)| row);
            prop_assert!(own().count() > 0);
            for k in 0..6 {
                let mean = own().map(|row| f64::from(row[k])).sum::<f64>() / own().count() as f64;
                prop_assert!((mean - f64::from(centroids.row(at)[k])).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn no_round_makes_it_worse(seed: u64, num_centroids in 1usize..30) {
        let rows = rows(400, 8, 20, seed);
        let after = |num_rounds| {
            let params = KMeansParams { num_rounds, ..of_all(num_centroids, seed) };
            error(&train(&rows, 8, &params), &rows)
        };
        let errors: Vec<f64> = [1, 2, 4, 8].map(after).to_vec();
        prop_assert!(errors.windows(2).all(|pair| pair[1] <= pair[0] * 1.0001 + 1e-6), "{errors:?}");
    }
}

#[test]
fn threads_change_nothing() {
    // More than one panel, one tile of centroids and one task of means.
    let rows = rows(5000, 16, 900, 3);
    let params = KMeansParams { num_rounds: 3, ..KMeansParams::new(1100, Seed(4)) };
    let alone = train(&rows, 16, &params);
    let together = Centroids::train(&rows, 16, &params, Isa::best(), &backwards_on_threads).unwrap();
    assert_eq!(alone, together);
    let isa = Isa::best();
    assert_eq!(alone.assign(&rows, isa, &in_order), together.assign(&rows, isa, &backwards_on_threads));
    assert_ne!(alone, train(&rows, 16, &KMeansParams { seed: Seed(5), ..params }));
}

#[test]
fn topics_are_found() {
    let rows = rows(2000, 32, 25, 8);
    let centroids = train(&rows, 32, &KMeansParams::new(25, Seed(1)));
    // Within a topic a value's variance is 0.04, between topics it is 1. One or two topics may share a centroid.
    assert!(error(&centroids, &rows) < 4.0 * 32.0 * 0.04, "{}", error(&centroids, &rows));
}

/// A batch of seeds may not be much worse than one at a time, nor a sample than all rows.
#[test]
fn many_seeds_at_once_and_a_sample_do() {
    let rows = rows(4000, 16, 200, 6);
    let of = |rows_per_centroid| {
        let params = KMeansParams { rows_per_centroid, ..KMeansParams::new(200, Seed(1)) };
        error(&train(&rows, 16, &params), &rows)
    };
    // Between topics 16, within them 0.64.
    let (all, part) = (of(usize::MAX), of(8));
    assert!(all < 2.0 && part < 3.0, "{all} {part}");
}

#[test]
fn few_distinct_rows_give_few_centroids() {
    let repeated: Vec<f32> = [1.0, 2.0, 3.0, 4.0].repeat(50);
    let centroids = train(&repeated, 2, &KMeansParams::new(10, Seed(1)));
    let mut found: Vec<&[f32]> = centroids.values().chunks(2).collect();
    found.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(found, [[1.0, 2.0], [3.0, 4.0]]);
    // Drawn many at once, too.
    assert_eq!(train(&repeated, 2, &KMeansParams::new(5000, Seed(1))).num_centroids(), 2);
    for constant in [0.0, 7.0, MAX_CLUSTERED_VALUE, 1e-30] {
        let rows = [constant; 30];
        let centroids = train(&rows, 3, &KMeansParams::new(4, Seed(2)));
        assert!(centroids.values().iter().all(|v| (v - constant).abs() <= 1e-5 * constant));
        assert_eq!(centroids.num_centroids(), 1);
        assert!(centroids.assign(&rows, Isa::best(), &in_order).unwrap().iter().all(|n| n.centroid == 0));
    }
}

#[test]
fn as_many_centroids_as_rows_are_the_rows() {
    let rows = rows(70, 4, 70, 2);
    for num_centroids in [70, 71, usize::MAX] {
        let centroids = train(&rows, 4, &KMeansParams::new(num_centroids, Seed(3)));
        assert_eq!(centroids.num_centroids(), 70);
        assert!(error(&centroids, &rows) < 1e-5);
    }
}

#[test]
fn unit_length_is_kept() {
    let rows = rows(500, 8, 12, 5);
    let params = KMeansParams { unit_length: true, ..KMeansParams::new(12, Seed(1)) };
    for centroid in train(&rows, 8, &params).values().chunks(8) {
        assert!((square(centroid, &[0.0; 8]) - 1.0).abs() < 1e-5);
    }
    assert_eq!(train(&[0.0; 8], 8, &params).values(), [0.0; 8]);
}

#[test]
fn what_cannot_be_clustered_is_named() {
    let params = KMeansParams::new(2, Seed(0));
    let error = |rows: &[f32], dim, params: &KMeansParams| {
        Centroids::train(rows, dim, params, Isa::best(), &in_order).unwrap_err().to_string()
    };
    assert_eq!(error(&[], 3, &params), "0 values are not one or more rows of dimension 3");
    assert_eq!(error(&[1.0; 4], 3, &params), "4 values are not one or more rows of dimension 3");
    assert_eq!(error(&[1.0; 4], 0, &params), "a dimension of 0 is outside 1..=4096");
    assert_eq!(
        error(&[1.0; 4], 2, &KMeansParams { num_rounds: 0, ..params }),
        "num_rounds is 0: it must be at least 1"
    );
    for bad in [f32::NAN, f32::INFINITY, -1.1e15] {
        let rows = [0.0, 1.0, 2.0, bad, f32::NAN, 5.0];
        let centroids = Centroids::new(vec![0.0, 1.0], 2, Isa::best()).unwrap();
        let assigned = centroids.assign(&rows, Isa::best(), &in_order).unwrap_err().to_string();
        assert!(assigned.starts_with(&format!("value {bad} of row 1, column 1,")), "{assigned}");
        assert_eq!(error(&rows, 2, &params), assigned);
        assert_eq!(Centroids::new(rows.to_vec(), 2, Isa::best()).unwrap_err().to_string(), assigned);
    }
}

/// Stored assignments need the same centroids again.
#[test]
fn draws_never_change() {
    let rows: Vec<f32> = (0..64).map(|at| (at * at % 61) as f32).collect();
    let centroids = train(&rows, 1, &KMeansParams::new(4, Seed(42)));
    assert_eq!(centroids.values(), PINNED);
}

const PINNED: [f32; 4] = [3.5, 53.375, 18.3, 40.428_57];
