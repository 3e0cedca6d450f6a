//! Documents that break naive clustering.

use super::*;

fn set(rows: &[[f32; 3]]) -> MultiVector {
    MultiVector::new(rows.concat(), 3).unwrap()
}

#[test]
fn nothing_and_one_token_stay() {
    for reduction in ALL {
        assert!(reduce(reduction, &set(&[]), 0).vectors.is_empty());
        let one = set(&[[3.0, -0.0, 1e-40]]);
        for protected in [0, 1, 7] {
            let reduced = reduce(reduction, &one, protected);
            assert_eq!(reduced, Reduced { vectors: one.clone(), labels: vec![0] });
            assert!(reduced.vectors.data()[1].is_sign_negative());
        }
    }
}

#[test]
fn a_factor_beyond_the_tokens_leaves_one_row() {
    let tokens = text(&mut Seed(4).generator(), 5, 3);
    for budget in [Budget::Factor(6), Budget::Factor(65_536), Budget::Percent(1), Budget::Fixed(1)] {
        for reduction in
            [Reduction::Ward { variant: WardVariant::Condensed, budget }, Reduction::Neighbors { budget }]
        {
            assert_eq!(reduce(reduction, &tokens, 0).labels, [0; 5]);
            assert_eq!(reduce(reduction, &tokens, 2).labels, [0, 1, 2, 2, 2]);
        }
    }
}

/// A budget that the document does not reach leaves it bit for bit as it is.
#[test]
fn a_budget_beyond_the_tokens_changes_nothing() {
    let tokens = text(&mut Seed(5).generator(), 9, 4);
    for budget in [Budget::Fixed(9), Budget::Fixed(65_536)] {
        for reduction in
            [Reduction::Ward { variant: WardVariant::Condensed, budget }, Reduction::Neighbors { budget }]
        {
            assert_eq!(reduce(reduction, &tokens, 0).vectors, tokens);
        }
    }
}

/// Repetitions merge before anything else does.
#[test]
fn repetitions_merge_first() {
    let (a, b, c) = ([1.0, 0.0, 0.2], [0.0, 1.0, 0.1], [0.3, 0.0, 1.0]);
    let tokens = set(&[a, b, a, a, b, c]);
    let budget = Budget::Fixed(3);
    for reduction in [
        Reduction::Ward { variant: WardVariant::Condensed, budget },
        Reduction::Ward { variant: WardVariant::Stanford, budget },
        Reduction::Ward { variant: WardVariant::Euclidean, budget },
    ] {
        let reduced = reduce(reduction, &tokens, 0);
        assert_eq!(reduced.labels, [0, 1, 0, 0, 1, 2], "{reduction:?}");
        assert_eq!(reduced.vectors, set(&[a, b, c]));
    }
    let neighbors = Reduction::Neighbors { budget: Budget::Fixed(5) };
    assert_eq!(reduce(neighbors, &tokens, 0).labels, [0, 1, 2, 2, 3, 4]);
}

#[test]
fn constant_and_zero_documents_have_rows() {
    for row in [[0.0; 3], [0.577; 3], [f32::MIN_POSITIVE / 8.0; 3], [3e38, -3e38, 3e38]] {
        let tokens = set(&[row; 30]);
        for reduction in ALL {
            let reduced = reduce(reduction, &tokens, 1);
            for found in reduced.vectors.rows() {
                assert!(found.iter().zip(&row).all(|(a, b)| (a - b).abs() <= b.abs() * 1e-6), "{found:?}");
            }
        }
    }
}

#[test]
fn opposite_tokens_leave_a_mean_without_direction() {
    let tokens = set(&[[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]);
    let reducer = reducer(Reduction::ward(2), Aggregate::MeanAtLength);
    let reduced = reducer.reduce(tokens.as_ref(), 0, &mut ReduceScratch::default()).unwrap();
    assert_eq!(reduced.vectors.data(), [0.0; 3]);
}

#[test]
fn a_sum_beyond_f32_is_an_error() {
    let tokens = set(&[[3e38, 1.0, 0.0]; 4]);
    let reducer = reducer(Reduction::ward(2), Aggregate::Sum);
    let error = reducer.reduce(tokens.as_ref(), 0, &mut ReduceScratch::default()).unwrap_err();
    assert!(matches!(error, ReduceError::Overflow(_)));
    assert!(error.to_string().contains("row 0, dimension 0 is inf"), "{error}");
}

/// Beyond a window every token is still labelled and the budget kept.
#[test]
fn long_documents_are_reduced_in_windows() {
    let mut scratch = ReduceScratch::default();
    for num_tokens in [MAX_WINDOW, MAX_WINDOW + 1, 3 * MAX_WINDOW - 5] {
        let tokens = text(&mut Seed(6).generator(), num_tokens, 2);
        for reduction in [Reduction::ward(16), Reduction::Neighbors { budget: FACTOR_2 }] {
            let reducer = reducer(reduction, Aggregate::Mean);
            let reduced = reducer.reduce(tokens.as_ref(), 1, &mut scratch).unwrap();
            assert_eq!(reduced.vectors.num_tokens(), reducer.num_kept(num_tokens, 1), "{reduction:?}");
        }
    }
}

/// Budgets of a row or two for each window, and of nearly all rows: some windows then stay as they are.
#[test]
fn every_window_gets_its_share() {
    let num_tokens = 2 * MAX_WINDOW + 3;
    let tokens = text(&mut Seed(7).generator(), num_tokens, 2);
    for budget in [1, 3, 4, num_tokens as u32 - 2] {
        let reduction = Reduction::Ward { variant: WardVariant::Euclidean, budget: Budget::Fixed(budget) };
        let reduced = reduce(reduction, &tokens, 1);
        let expected = 1 + (budget as usize).max(3);
        assert_eq!(reduced.vectors.num_tokens(), expected);
        assert_eq!(reducer(reduction, Aggregate::Mean).num_kept(num_tokens, 1), expected);
        assert_eq!(reduced.labels[..2], [0, 1]);
    }
}

#[test]
fn parameters_are_checked() {
    let error = |reduction| {
        let params = ReduceParams { reduction, aggregate: Aggregate::Mean };
        Reducer::new(params, Isa::best()).unwrap_err().to_string()
    };
    assert_eq!(error(Reduction::ward(1)), "factor is 1, outside 2..=65536");
    assert_eq!(
        error(Reduction::Neighbors { budget: Budget::Percent(100) }),
        "percent is 100, outside 1..=99"
    );
    assert_eq!(error(Reduction::Neighbors { budget: Budget::Fixed(0) }), "fixed is 0, outside 1..=65536");
}
