//! Labels computed with scipy 1 from the formulas of the public implementations.

use super::*;

/// `x_i[j] = sin(0.7 i (j + 1) + j)`, at unit length.
fn tokens() -> MultiVector {
    let value = |i: usize, j: usize| (0.7 * (i * (j + 1)) as f64 + j as f64).sin();
    let row = |i: usize| {
        let length = (0..4).map(|j| value(i, j).powi(2)).sum::<f64>().sqrt();
        (0..4).map(move |j| (value(i, j) / length) as f32)
    };
    MultiVector::new((0..12).flat_map(row).collect(), 4).unwrap()
}

fn check(variant: WardVariant, factor: u32, expected: [u32; 12]) {
    for isa in Isa::available() {
        let reduction = Reduction::Ward { variant, budget: Budget::Factor(factor) };
        let params = ReduceParams { reduction, aggregate: Aggregate::Mean, seed: Seed(0) };
        let reducer = Reducer::new(params, isa).unwrap();
        let reduced = reducer.reduce(tokens().as_ref(), 0, &mut ReduceScratch::default()).unwrap();
        assert_eq!(reduced.labels, expected, "{variant:?} by {factor} on {isa}");
    }
}

#[test]
fn condensed_keeps_the_clusters_of_sentence_transformers() {
    check(WardVariant::Condensed, 2, [0, 1, 2, 3, 4, 1, 0, 5, 5, 0, 1, 2]);
    check(WardVariant::Condensed, 3, [0, 1, 2, 0, 2, 1, 0, 3, 3, 0, 1, 2]);
    check(WardVariant::Condensed, 4, [0, 1, 2, 0, 2, 1, 0, 2, 2, 0, 1, 2]);
}

#[test]
fn stanford_keeps_the_clusters_of_colbert() {
    check(WardVariant::Stanford, 2, [0, 1, 2, 3, 2, 4, 0, 5, 5, 0, 1, 2]);
    check(WardVariant::Stanford, 3, [0, 1, 2, 2, 2, 1, 0, 3, 3, 0, 1, 2]);
    check(WardVariant::Stanford, 4, [0, 1, 2, 2, 2, 1, 0, 2, 2, 0, 1, 2]);
}

#[test]
fn euclidean_keeps_the_clusters_of_the_vectors_themselves() {
    check(WardVariant::Euclidean, 3, [0, 1, 2, 2, 2, 1, 0, 3, 3, 0, 1, 2]);
}

/// Stanford counts the protected tokens too; Sentence-Transformers does not.
#[test]
fn what_the_budget_counts() {
    let kept = |variant, protected| {
        let reduction = Reduction::Ward { variant, budget: Budget::Factor(3) };
        reduce(reduction, &tokens(), protected).vectors.num_tokens()
    };
    assert_eq!([kept(WardVariant::Condensed, 1), kept(WardVariant::Stanford, 1)], [1 + 3, 1 + 4]);
    assert_eq!([kept(WardVariant::Condensed, 12), kept(WardVariant::Stanford, 12)], [12, 12]);
}

/// A dendrogram by the definition: the two nearest clusters merge, distances follow from the definition of Ward's
/// criterion for the vectors themselves.
#[test]
fn euclidean_merges_what_adds_least_variance() {
    let (num_tokens, dim) = (40, 6);
    for seed in 0..10 {
        let data = text(&mut Seed(seed).generator(), num_tokens, dim).into_data();
        let mut unit = Vec::new();
        directions::directions(&data, dim, &mut unit);
        let mut clusters: Vec<Vec<usize>> = (0..num_tokens).map(|token| vec![token]).collect();
        while clusters.len() > num_tokens / 4 {
            let (a, b) = cheapest(&unit, dim, &clusters);
            let merged = clusters.remove(b);
            clusters[a].extend(merged);
        }
        let variant = WardVariant::Euclidean;
        let reduction = Reduction::Ward { variant, budget: Budget::Factor(4) };
        let found = reduce(reduction, &MultiVector::new(data, dim).unwrap(), 0);
        for cluster in &clusters {
            let labels: Vec<u32> = cluster.iter().map(|&token| found.labels[token]).collect();
            assert!(labels.iter().all(|&label| label == labels[0]), "seed {seed}: {cluster:?} {labels:?}");
        }
    }
}

fn cheapest(unit: &[f32], dim: usize, clusters: &[Vec<usize>]) -> (usize, usize) {
    let mean = |cluster: &[usize]| -> Vec<f64> {
        let of = |k: usize| cluster.iter().map(|token| f64::from(unit[token * dim + k])).sum::<f64>();
        (0..dim).map(|k| of(k) / cluster.len() as f64).collect()
    };
    let cost = |a: &[usize], b: &[usize]| {
        let square: f64 = mean(a).iter().zip(mean(b)).map(|(x, y)| (x - y).powi(2)).sum();
        square * (a.len() * b.len()) as f64 / (a.len() + b.len()) as f64
    };
    let pairs = (0..clusters.len()).flat_map(|a| (a + 1..clusters.len()).map(move |b| (a, b)));
    let by_cost = |&(a, b): &(usize, usize)| cost(&clusters[a], &clusters[b]);
    pairs.min_by(|x, y| by_cost(x).total_cmp(&by_cost(y))).unwrap()
}
