use crate::packed::{Packed, all_levels};
use crate::support::{Case, Kind, Numbers, check};
use pleiad_kernels::{CentroidPanel, Isa, Levels, PackedPanel};

on_every_isa!(each_token_starts_from_its_centroid, matches_are_the_first_rows_and_add_up);

/// The centroid of each row, and the similarity of every centroid with every query token.
struct Started {
    centroids: Vec<u16>,
    starts: Vec<f32>,
}

impl Started {
    /// Starts about as large as what is added to them.
    fn new(case: &Case, num_rows: usize) -> Self {
        let mut numbers = Numbers(case.seed ^ 2);
        let num_centroids = 1 + numbers.below(30);
        let starts = (0..num_centroids).flat_map(|_| case.query.chunks_exact(case.dim));
        let starts = starts.map(|token| 64.0 * numbers.plain() * token.iter().sum::<f32>()).collect();
        Self { centroids: (0..num_rows).map(|_| numbers.below(num_centroids) as u16).collect(), starts }
    }
}

/// Similarities of one row by [`PackedPanel`] with the initial value added, in `f64`.
fn each_token_starts_from_its_centroid(isa: Isa) {
    check(|case| {
        for levels in all_levels(case.seed) {
            let packed = Packed::new(case, &levels);
            let started = Started::new(case, packed.scales.len());
            let panel = CentroidPanel::new(isa, &case.query, case.dim, levels, &started.starts);
            let num_tokens = case.num_query_tokens();
            assert_eq!((panel.num_tokens(), panel.dim(), panel.isa()), (num_tokens, case.dim, isa));
            let mut found = vec![f32::NAN; num_tokens];
            panel.maxima(packed.codes(), &packed.scales, &started.centroids, &mut found);

            let alone = PackedPanel::new(Isa::Reference, &case.query, case.dim, levels);
            let (mut expected, mut row_maxima) = (vec![f64::NEG_INFINITY; num_tokens], found.clone());
            let mut largest = vec![0.0f64; num_tokens];
            let rows = packed.codes().chunks_exact(levels.row_bytes(case.dim));
            for ((row, scale), &centroid) in rows.zip(&packed.scales).zip(&started.centroids) {
                alone.maxima(row, &[*scale], &mut row_maxima);
                for (token, similarity) in row_maxima.iter().enumerate() {
                    let start = f64::from(started.starts[usize::from(centroid) * num_tokens + token]);
                    expected[token] = expected[token].max(f64::from(*similarity) + start);
                    largest[token] = largest[token].max(f64::from(similarity.abs()) + start.abs());
                }
            }
            for ((found, expected), largest) in found.iter().zip(expected).zip(largest) {
                // Roundings of the start, of the sum and of both products with a step; steps below the smallest
                // normal number are no more exact than themselves.
                let slack = 1e-6 * largest + 1e-38;
                assert!((f64::from(*found) - expected).abs() <= slack, "{found} {expected} {largest}");
            }
        }
    });
}

fn matches_are_the_first_rows_and_add_up(isa: Isa) {
    check(|case| {
        for levels in all_levels(case.seed) {
            let packed = Packed::new(case, &levels);
            let started = Started::new(case, packed.scales.len());
            let matches = |isa| {
                let panel = CentroidPanel::new(isa, &case.query, case.dim, levels, &started.starts);
                let mut matches = vec![(u32::MAX, f32::NAN); panel.num_tokens()];
                panel.matches(packed.codes(), &packed.scales, &started.centroids, &mut matches);
                (panel, matches)
            };
            let (panel, found) = matches(isa);
            assert_eq!(found, matches(Isa::Reference).1);
            let sum = found.iter().fold(0.0f32, |sum, (_, value)| sum + value);
            let score = panel.maxsim(packed.codes(), &packed.scales, &started.centroids);
            assert_eq!(score.to_bits(), sum.to_bits());
        }
    });
}

#[test]
fn a_query_without_tokens_scores_nothing() {
    let case = Case::new(5, 1, 2, 0, Kind::Plain, 1);
    for isa in Isa::available() {
        let panel = CentroidPanel::new(isa, &[], case.dim, Levels::from([-1, 1]), &[]);
        assert_eq!(panel.maxsim(&[0, 1], &[1.0, 1.0], &[0, 7]), 0.0);
    }
}

#[test]
#[should_panic(expected = "there are 2 centroids")]
fn a_centroid_that_is_not_there_is_refused() {
    let panel = CentroidPanel::new(Isa::best(), &[1.0], 1, Levels::from([-1, 1]), &[0.0, 1.0]);
    panel.maxsim(&[0, 1], &[1.0, 1.0], &[1, 2]);
}
