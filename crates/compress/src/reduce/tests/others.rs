//! Skip-lists, whole words, runs.

use super::*;
use proptest::prelude::*;

fn numbered(num_tokens: usize) -> MultiVector {
    MultiVector::new((0..2 * num_tokens).map(|v| v as f32).collect(), 2).unwrap()
}

#[test]
fn a_skip_list_leaves_the_others_in_order() {
    let left = drop_tokens(numbered(5).as_ref(), &[3, 0, 3]).unwrap();
    assert_eq!(left.tokens, [1, 2, 4]);
    assert_eq!(left.vectors.data(), [2.0, 3.0, 4.0, 5.0, 8.0, 9.0]);
    assert!(drop_tokens(numbered(2).as_ref(), &[0, 1]).unwrap().vectors.is_empty());
    assert_eq!(drop_tokens(numbered(3).as_ref(), &[]).unwrap().vectors, numbered(3));
    let error = drop_tokens(numbered(2).as_ref(), &[1, 2]).unwrap_err();
    assert_eq!(error, ReduceError::NoSuchToken { token: 2, num_tokens: 2 });
}

#[test]
fn words_join_by_number() {
    let words = [9, 9, u32::MAX, 9, 4, u32::MAX];
    let reduced = join_words(numbered(6).as_ref(), &words, 1, Aggregate::Mean).unwrap();
    assert_eq!(reduced.labels, [0, 1, 2, 1, 3, 2]);
    assert_eq!(reduced.vectors.data(), [0.0, 1.0, 4.0, 5.0, 7.0, 8.0, 8.0, 9.0]);
    let error = join_words(numbered(6).as_ref(), &words[1..], 0, Aggregate::Sum).unwrap_err();
    assert_eq!(error.to_string(), "5 words are named for 6 tokens: name one for each");
}

proptest! {
    /// A bag of words has no order: each word's mean is the same however the text is shuffled, and no word is twice.
    #[test]
    fn words_do_not_depend_on_order(seed: u64, words in prop::collection::vec(0u32..6, 0..30)) {
        let mut generator = Seed(seed).generator();
        let tokens = text(&mut generator, words.len(), 3);
        let mut order: Vec<usize> = (0..words.len()).collect();
        generator.shuffle(&mut order);
        let rows: Vec<&[f32]> = tokens.rows().collect();
        let shuffled = MultiVector::new(order.iter().flat_map(|&at| rows[at].to_vec()).collect(), 3).unwrap();
        let other: Vec<u32> = order.iter().map(|&at| words[at]).collect();
        let bag = |tokens: &MultiVector, words: &[u32]| {
            let reduced = join_words(tokens.as_ref(), words, 0, Aggregate::Mean).unwrap();
            let word = |row: usize| words[reduced.labels.iter().position(|&l| l as usize == row).unwrap()];
            let rows = reduced.vectors.rows().enumerate();
            let mut bag: Vec<(u32, Vec<f32>)> = rows.map(|(row, values)| (word(row), values.to_vec())).collect();
            bag.sort_by_key(|(word, _)| *word);
            bag
        };
        let (a, b) = (bag(&tokens, &words), bag(&shuffled, &other));
        prop_assert!(a.windows(2).all(|pair| pair[0].0 < pair[1].0));
        prop_assert_eq!(a.len(), b.len());
        for ((word, row), (other_word, other_row)) in a.iter().zip(&b) {
            prop_assert_eq!(word, other_word);
            prop_assert!(row.iter().zip(other_row).all(|(x, y)| (x - y).abs() < 1e-5));
        }
    }

    /// The definition, token by token.
    #[test]
    fn runs_end_where_the_text_turns(seed: u64, num_tokens in 1usize..30, min_cosine in -0.9f32..0.9) {
        let tokens = text(&mut Seed(seed).generator(), num_tokens, 4);
        let labels = reduce(Reduction::Runs { min_cosine }, &tokens, 0).labels;
        let length = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>().sqrt();
        let mut sum = vec![0.0; 4];
        for (token, row) in tokens.rows().enumerate() {
            let row: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
            let unit: Vec<f64> = row.iter().map(|v| v / length(&row)).collect();
            let cosine = unit.iter().zip(&sum).map(|(a, b)| a * b).sum::<f64>() / length(&sum);
            let joins = token > 0 && labels[token] == labels[token - 1];
            if token > 0 && (cosine - f64::from(min_cosine)).abs() > 1e-5 {
                prop_assert_eq!(joins, cosine > f64::from(min_cosine));
            }
            sum = if joins { sum.iter().zip(&unit).map(|(a, b)| a + b).collect() } else { unit };
        }
    }

    /// Each of the budgets against its definition.
    #[test]
    fn budgets_are_counts(num_tokens in 0usize..100_000, number in 2u32..99) {
        let kept = |budget: Budget| budget.num_kept(num_tokens);
        let between = |kept: usize| kept.max(1).min(num_tokens);
        prop_assert_eq!(kept(Budget::Factor(number)), between(num_tokens / number as usize));
        prop_assert_eq!(kept(Budget::Percent(number)), between(num_tokens * number as usize / 100));
        prop_assert_eq!(kept(Budget::Fixed(number)), between(number as usize));
    }
}
