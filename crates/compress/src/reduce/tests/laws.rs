//! Laws of every reduction of every document.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// Values of any size; some rows are repeated, some are zero.
fn sets() -> impl Strategy<Value = MultiVector> {
    (1usize..9, 0usize..40, any::<u64>(), -8i32..8).prop_map(|(dim, num_tokens, seed, power)| {
        let mut generator = Seed(seed).generator();
        let mut data: Vec<f32> = Vec::new();
        for token in 0..num_tokens {
            match generator.below(8) {
                0 => data.extend(vec![0.0; dim]),
                1 | 2 if token > 0 => {
                    let from = generator.below(token as u64) as usize * dim;
                    data.extend_from_within(from..from + dim);
                }
                _ => data.extend((0..dim).map(|_| generator.gaussian() * 2f32.powi(power))),
            }
        }
        MultiVector::new(data, dim).unwrap()
    })
}

/// Labels in order of first appearance, one for each token, no row without a token.
fn check_labels(reduced: &Reduced, num_tokens: usize) -> TestCaseResult {
    prop_assert_eq!(reduced.labels.len(), num_tokens);
    let mut num_rows = 0;
    for &label in &reduced.labels {
        prop_assert!(label <= num_rows);
        num_rows = num_rows.max(label + 1);
    }
    prop_assert_eq!(num_rows as usize, reduced.vectors.num_tokens());
    for row in 0..num_rows {
        prop_assert!(reduced.tokens_of(row).count() > 0);
        prop_assert!(reduced.tokens_of(row).all(|token| reduced.labels[token as usize] == row));
    }
    Ok(())
}

/// Each row against the definition of its aggregate.
fn check_rows(reduced: &Reduced, tokens: &MultiVector, aggregate: Aggregate) -> TestCaseResult {
    let rows: Vec<&[f32]> = tokens.rows().collect();
    for (row, found) in reduced.vectors.rows().enumerate() {
        let members: Vec<usize> = reduced.tokens_of(row as u32).map(|token| token as usize).collect();
        if let [one] = members[..] {
            prop_assert!(found.iter().zip(rows[one]).all(|(a, b)| a.to_bits() == b.to_bits()));
            continue;
        }
        let sum = |k: usize| members.iter().map(|&token| f64::from(rows[token][k])).sum::<f64>();
        let length = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>().sqrt();
        let wide = |values: &[f32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
        let sum: Vec<f64> = (0..tokens.dim()).map(sum).collect();
        let lengths: f64 = members.iter().map(|&token| length(&wide(rows[token]))).sum();
        let scale = match aggregate {
            Aggregate::Sum => 1.0,
            Aggregate::MeanAtLength if length(&sum) > 1e-6 * lengths => {
                lengths / length(&sum) / members.len() as f64
            }
            Aggregate::Mean | Aggregate::MeanAtLength => 1.0 / members.len() as f64,
        };
        for (found, sum) in wide(found).iter().zip(&sum) {
            prop_assert!((found - sum * scale).abs() <= 1e-6 * lengths, "{} {}", found, sum * scale);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_token_goes_somewhere_and_rows_are_their_tokens(set in sets(), protected in 0usize..5) {
        for reduction in ALL {
            for aggregate in AGGREGATES {
                let reducer = reducer(reduction, aggregate);
                let reduced = reducer.reduce(set.as_ref(), protected, &mut ReduceScratch::default()).unwrap();
                check_labels(&reduced, set.num_tokens())?;
                check_rows(&reduced, &set, aggregate)?;
                let alone = protected.min(set.num_tokens());
                let own = (0..alone as u32).all(|row| reduced.tokens_of(row).eq([row]));
                prop_assert!(own, "{:?} touched a protected token", reduction);
            }
        }
    }

    #[test]
    fn what_is_kept_is_what_was_promised(set in sets(), protected in 0usize..5) {
        for reduction in ALL {
            let found = reduce(reduction, &set, protected).vectors.num_tokens();
            let promised = reducer(reduction, Aggregate::Mean).num_kept(set.num_tokens(), protected);
            prop_assert_eq!(found, promised, "{:?}", reduction);
        }
    }

    /// Memory that was used before changes nothing, nor does asking twice.
    #[test]
    fn the_same_tokens_give_the_same_rows(first in sets(), second in sets()) {
        for reduction in ALL {
            let reducer = reducer(reduction, Aggregate::MeanAtLength);
            let mut used = ReduceScratch::default();
            reducer.reduce(first.as_ref(), 1, &mut used).unwrap();
            let again = reducer.reduce(second.as_ref(), 1, &mut used).unwrap();
            prop_assert_eq!(again, reducer.reduce(second.as_ref(), 1, &mut ReduceScratch::default()).unwrap());
        }
    }

    /// Clusters are of directions: one factor for all tokens changes none. (A power of two rounds nothing.)
    #[test]
    fn labels_do_not_depend_on_scale(set in sets(), power in -30i32..30) {
        let scaled: Vec<f32> = set.data().iter().map(|v| v * 2f32.powi(power)).collect();
        let scaled = MultiVector::new(scaled, set.dim()).unwrap();
        for reduction in ALL {
            prop_assert_eq!(reduce(reduction, &set, 1).labels, reduce(reduction, &scaled, 1).labels);
        }
    }

    /// Ward does not read the text in order: without ties the clusters follow their tokens.
    #[test]
    fn ward_clusters_follow_their_tokens(seed: u64, num_tokens in 2usize..40) {
        let mut generator = Seed(seed).generator();
        let set = text(&mut generator, num_tokens, 16);
        let mut order: Vec<usize> = (0..num_tokens).collect();
        generator.shuffle(&mut order);
        let rows: Vec<&[f32]> = set.rows().collect();
        let shuffled = MultiVector::new(order.iter().flat_map(|&at| rows[at].to_vec()).collect(), 16).unwrap();
        for variant in [WardVariant::Condensed, WardVariant::Stanford, WardVariant::Euclidean] {
            let reduction = Reduction::Ward { variant, budget: Budget::Factor(3) };
            let (straight, other) = (reduce(reduction, &set, 0).labels, reduce(reduction, &shuffled, 0).labels);
            for a in 0..num_tokens {
                for b in 0..a {
                    let together = straight[order[a]] == straight[order[b]];
                    prop_assert_eq!(together, other[a] == other[b], "{:?}", variant);
                }
            }
        }
    }

    /// Runs are runs: the rows of neighbors come in order.
    #[test]
    fn neighbors_stay_together(set in sets(), protected in 0usize..3) {
        for reduction in ALL {
            if matches!(reduction, Reduction::Neighbors { .. }) {
                prop_assert!(reduce(reduction, &set, protected).labels.is_sorted());
            }
        }
    }
}
