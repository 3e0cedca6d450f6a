//! Encodings with our own random numbers behave as the reference's do over its seeds.

use crate::golden::{Clouds, folder, items, read};
use crate::golden_fde::pair_params;
use pleiad_compress::fde::{FdeEncoder, FdeGenerator, FdeParams};
use pleiad_vectors::MultiVector;

/// `⟨F_q, F_d⟩ / (R · |Q|)`: what estimates the mean over query tokens of the best similarity.
pub(crate) fn estimate(encoder: &FdeEncoder, query: &MultiVector, document: &MultiVector) -> f64 {
    let q = encoder.encode_query(query.as_ref()).expect("valid");
    let d = encoder.encode_document(document.as_ref()).expect("valid");
    let dot: f64 = q.iter().zip(&d).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    dot / (f64::from(encoder.params().repetitions) * query.num_tokens() as f64)
}

/// Mean and standard deviation.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt())
}

/// The estimate for each of `num_seeds` seeds of the portable generator.
pub(crate) fn estimates(
    params: &FdeParams,
    num_seeds: u64,
    query: &MultiVector,
    document: &MultiVector,
) -> Vec<f64> {
    let of_seed = |seed| {
        let params = FdeParams { seed, generator: FdeGenerator::Portable, ..params.clone() };
        estimate(&FdeEncoder::new(query.dim(), params).expect("valid"), query, document)
    };
    (0..num_seeds).map(of_seed).collect()
}

#[test]
fn the_portable_generator_has_the_reference_moments() {
    let clouds = Clouds::read();
    for row in items(&read(&folder().join("stats_over_seeds.json"))) {
        let number = |field: &str| row[field].as_f64().expect("a number");
        let (query, document) = (clouds.get(&row["query"]), clouds.get(&row["doc"]));
        let num_seeds: u64 = if number("R") > 1.0 { 40 } else { 400 };
        let (mean, deviation) = moments(&estimates(&pair_params(row), num_seeds, &query, &document));
        // Both means are estimates; five standard errors apart would be a different distribution.
        let variance = number("std").powi(2) * (1.0 / number("num_seeds") + 1.0 / num_seeds as f64);
        assert!((mean - number("mean")).abs() <= 5.0 * variance.sqrt() + 1e-6, "{row}: mean {mean}");
        // The standard error of a standard deviation is about itself / sqrt(2n): five of them again.
        let slack = 5.0 * number("std") / (2.0 * num_seeds as f64).sqrt() + 1e-6;
        assert!((deviation - number("std")).abs() <= slack, "{row}: deviation {deviation}");
    }
}

fn plain(repetitions: u32, simhash_projections: u32, projection_dim: Option<u32>) -> FdeParams {
    FdeParams {
        repetitions,
        simhash_projections,
        projection_dim,
        final_projection_dim: None,
        fill_empty_partitions: true,
        seed: 0,
        generator: FdeGenerator::Portable,
    }
}

#[test]
fn repetitions_divide_the_variance() {
    let clouds = Clouds::read();
    let (query, document) = (clouds.get(&"colbert128_q32".into()), clouds.get(&"colbert128_d80".into()));
    let deviation = |r| moments(&estimates(&plain(r, 4, Some(8)), 160, &query, &document)).1;
    let ratio = deviation(1) / deviation(16);
    assert!((3.0..5.3).contains(&ratio), "1 to 16 repetitions: {ratio}, expected about 4");
}

#[test]
fn more_hyperplanes_come_nearer_to_maxsim() {
    let clouds = Clouds::read();
    let document = clouds.get(&"colbert128_d80".into());
    // Every query token is in the document: the exact mean of maxima is 1.
    let means: Vec<f64> = [0, 2, 4, 6, 8, 10]
        .map(|k| moments(&estimates(&plain(1, k, None), 60, &document, &document)).0)
        .to_vec();
    assert!(means.windows(2).all(|pair| pair[0] < pair[1] && pair[1] <= 1.0 + 1e-6), "{means:?}");
    assert!(means[5] > 0.8, "{means:?}");
}
