//! Budgets.

use super::*;
use proptest::prelude::*;

proptest! {
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
