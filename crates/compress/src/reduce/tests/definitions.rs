//! Clusters against the obvious algorithm, and against groups that were planted.

use super::*;

const NUM_TOKENS: usize = 40;
const DIM: usize = 6;

/// Joins the two of `pairs` whose union adds least variance until a quarter is left, by the definition of Ward's
/// criterion.
fn by_definition(unit: &[f32], pairs: impl Fn(usize) -> Vec<(usize, usize)>) -> Vec<Vec<usize>> {
    let mut clusters: Vec<Vec<usize>> = (0..NUM_TOKENS).map(|token| vec![token]).collect();
    while clusters.len() > NUM_TOKENS / 4 {
        let by_cost = |&(a, b): &(usize, usize)| cost(unit, &clusters[a], &clusters[b]);
        let (a, b) =
            pairs(clusters.len()).into_iter().min_by(|x, y| by_cost(x).total_cmp(&by_cost(y))).unwrap();
        let merged = clusters.remove(b);
        clusters[a].extend(merged);
    }
    clusters
}

fn cost(unit: &[f32], a: &[usize], b: &[usize]) -> f64 {
    let mean = |cluster: &[usize]| -> Vec<f64> {
        let of = |k: usize| cluster.iter().map(|token| f64::from(unit[token * DIM + k])).sum::<f64>();
        (0..DIM).map(|k| of(k) / cluster.len() as f64).collect()
    };
    let square: f64 = mean(a).iter().zip(mean(b)).map(|(x, y)| (x - y).powi(2)).sum();
    square * (a.len() * b.len()) as f64 / (a.len() + b.len()) as f64
}

fn check(reduction: Reduction, pairs: impl Fn(usize) -> Vec<(usize, usize)>) {
    for seed in 0..10 {
        let tokens = text(&mut Seed(seed).generator(), NUM_TOKENS, DIM);
        let mut unit = Vec::new();
        gather::directions(tokens.data(), DIM, &mut unit);
        let expected = by_definition(&unit, &pairs);
        let found = reduce(reduction, &tokens, 0);
        assert_eq!(found.vectors.num_tokens(), expected.len());
        for cluster in &expected {
            let labels: Vec<u32> = cluster.iter().map(|&token| found.labels[token]).collect();
            assert!(labels.iter().all(|&label| label == labels[0]), "seed {seed}: {cluster:?} {labels:?}");
        }
    }
}

#[test]
fn ward_joins_what_adds_least_variance() {
    let variant = WardVariant::Euclidean;
    check(Reduction::Ward { variant, budget: Budget::Factor(4) }, |num_clusters| {
        (0..num_clusters).flat_map(|a| (a + 1..num_clusters).map(move |b| (a, b))).collect()
    });
}

#[test]
fn neighbors_join_where_it_adds_least_variance() {
    check(Reduction::Neighbors { budget: Budget::Factor(4) }, |num_runs| {
        (1..num_runs).map(|right| (right - 1, right)).collect()
    });
}

/// Twelve groups of five near repetitions in any order: whoever clusters finds them.
#[test]
fn planted_groups_are_found() {
    let (num_groups, dim) = (12, 16);
    for seed in 0..20 {
        let mut generator = Seed(seed).generator();
        let centers: Vec<f32> = (0..num_groups * dim).map(|_| generator.gaussian()).collect();
        let mut groups: Vec<usize> = (0..5 * num_groups).map(|token| token % num_groups).collect();
        generator.shuffle(&mut groups);
        let mut data = Vec::new();
        for &group in &groups {
            data.extend(centers[group * dim..][..dim].iter().map(|c| c + 0.01 * generator.gaussian()));
        }
        let tokens = MultiVector::new(data, dim).unwrap();
        let budget = Budget::Fixed(num_groups as u32);
        for reduction in [
            Reduction::Ward { variant: WardVariant::Condensed, budget },
            Reduction::Ward { variant: WardVariant::Stanford, budget },
        ] {
            let labels = reduce(reduction, &tokens, 0).labels;
            for (a, group) in groups.iter().enumerate() {
                let together =
                    groups.iter().enumerate().all(|(b, other)| (group == other) == (labels[a] == labels[b]));
                assert!(together, "{reduction:?}, seed {seed}: token {a} of group {group}");
            }
        }
    }
}
