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
        let params = ReduceParams { reduction, aggregate: Aggregate::Mean };
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
