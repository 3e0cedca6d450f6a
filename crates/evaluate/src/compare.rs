//! Paired tests: one ranking is better than another, or only luckier with these queries.

use crate::{Evaluation, Metric};
use pleiad_vectors::Seed;

/// Random assignments that are tried where all of them are too many.
pub const NUM_PERMUTATIONS: u32 = 100_000;

/// Queries up to which all assignments of signs are tried.
const MAX_EXACT_QUERIES: usize = 16;

/// Two evaluations of the same queries by one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The metric.
    pub metric: Metric,
    /// Mean of the first evaluation.
    pub first: f64,
    /// Mean of the second one.
    pub second: f64,
    /// Queries for which the first is better, equal and worse.
    pub wins: usize,
    /// Queries for which both have the same value.
    pub ties: usize,
    /// Queries for which the second is better.
    pub losses: usize,
    /// Probability of a difference of means at least as large, were the two interchangeable for each query.
    pub p_value: f64,
}

/// Compares two evaluations by each metric that both have, over the queries that both have, with a two-sided paired
/// randomization test (Smucker, Allan and Carterette, CIKM 2007): for each query the two values may change places,
/// and the p-value is the share of assignments whose difference of means is at least as large as the one found. All
/// assignments count for 16 queries or fewer, otherwise [`NUM_PERMUTATIONS`] random ones and the one found; the seed
/// settles which.
///
/// Cost: one addition for each query, assignment and metric.
pub fn compare(first: &Evaluation, second: &Evaluation, seed: Seed) -> Vec<Comparison> {
    let metrics = first.metrics.iter().enumerate();
    let shared = metrics.filter_map(|(at, metric)| {
        Some((*metric, at, second.metrics.iter().position(|other| other == metric)?))
    });
    shared
        .map(|(metric, at, other)| {
            let pairs: Vec<(f64, f64)> = first
                .queries
                .iter()
                .filter_map(|(query, values)| Some((values[at], second.queries.get(query)?[other])))
                .collect();
            compare_pairs(metric, &pairs, seed)
        })
        .collect()
}

fn compare_pairs(metric: Metric, pairs: &[(f64, f64)], seed: Seed) -> Comparison {
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / pairs.len().max(1) as f64;
    let differences: Vec<f64> = pairs.iter().map(|(first, second)| first - second).collect();
    let count =
        |is_one: fn(f64) -> bool| differences.iter().filter(|&&difference| is_one(difference)).count();
    Comparison {
        metric,
        first: mean(&mut pairs.iter().map(|pair| pair.0)),
        second: mean(&mut pairs.iter().map(|pair| pair.1)),
        wins: count(|difference| difference > 0.0),
        ties: count(|difference| difference == 0.0),
        losses: count(|difference| difference < 0.0),
        p_value: p_value(&differences, seed),
    }
}

/// The share of assignments of signs whose sum is at least as far from 0 as that of the differences.
fn p_value(differences: &[f64], seed: Seed) -> f64 {
    // Zeros have no sign.
    let differences: Vec<f64> = differences.iter().copied().filter(|&difference| difference != 0.0).collect();
    let found: f64 = differences.iter().sum();
    // Sums in another order may differ in their last bits.
    let tolerance = 1e-12 * differences.iter().map(|difference| difference.abs()).sum::<f64>();
    let is_as_large = |signs: &mut dyn FnMut() -> bool| {
        let sum: f64 =
            differences.iter().map(|&difference| if signs() { -difference } else { difference }).sum();
        sum.abs() >= found.abs() - tolerance
    };
    if differences.len() <= MAX_EXACT_QUERIES {
        let num_assignments = 1u32 << differences.len();
        let mut num_as_large = 0;
        for mut assignment in 0..num_assignments {
            num_as_large += u32::from(is_as_large(&mut || {
                let sign = assignment & 1 == 1;
                assignment >>= 1;
                sign
            }));
        }
        return f64::from(num_as_large) / f64::from(num_assignments);
    }
    let mut random = seed.generator();
    let (mut bits, mut num_bits) = (0u64, 0);
    let mut sign = || {
        if num_bits == 0 {
            (bits, num_bits) = (random.next_u64(), 64);
        }
        let sign = bits & 1 == 1;
        (bits, num_bits) = (bits >> 1, num_bits - 1);
        sign
    };
    let num_as_large: u32 = (0..NUM_PERMUTATIONS).map(|_| u32::from(is_as_large(&mut sign))).sum();
    f64::from(num_as_large + 1) / f64::from(NUM_PERMUTATIONS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(differences: &[f64]) -> Vec<(f64, f64)> {
        differences.iter().map(|&difference| (0.5 + difference, 0.5)).collect()
    }

    fn p(differences: &[f64]) -> f64 {
        compare_pairs(Metric::Map, &pairs(differences), Seed(1)).p_value
    }

    #[test]
    fn small_samples_are_counted_exactly() {
        // Only all signs as they are, or all others, reach the sum: 2 of 8 assignments.
        assert_eq!(p(&[0.1, 0.2, 0.3]), 0.25);
        // The sums are ±0.25 and ±0.75: none is nearer to 0 than the one found.
        assert_eq!(p(&[0.5, -0.25]), 1.0);
        assert_eq!(p(&[0.25, -0.25]), 1.0);
        assert_eq!(p(&[]), 1.0);
        assert_eq!(p(&[0.0, 0.0, 0.25]), 1.0);
        let compared = compare_pairs(Metric::Map, &pairs(&[0.25, 0.0, -0.125]), Seed(1));
        assert_eq!((compared.wins, compared.ties, compared.losses), (1, 1, 1));
        assert!((compared.first - compared.second - 0.125 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn large_samples_agree_with_the_normal_law_and_repeat() {
        // 60 of 100 equal steps upwards: two-sided binomial probability 0.0569.
        let steps: Vec<f64> = (0..100).map(|at| if at < 60 { 0.01 } else { -0.01 }).collect();
        let found = p(&steps);
        // Four standard errors of a share of 100,000 trials.
        assert!((found - 0.0569).abs() < 4.0 * (0.0569f64 * 0.9431 / 1e5).sqrt() + 1e-4, "{found}");
        assert_eq!(found, p(&steps));
        let clear: Vec<f64> = (0..100).map(|at| 0.01 * f64::from(at)).collect();
        assert!(p(&clear) < 1e-4 && p(&clear) > 0.0);
    }
}
