//! The reductions measured, and their names.

use pleiad_compress::reduce::{Aggregate, Budget, Reduction, WardVariant};

/// Reductions of documents alone.
pub fn reductions() -> Vec<(Reduction, Aggregate)> {
    let at_length = Aggregate::MeanAtLength;
    let ward = |variant, budget| Reduction::Ward { variant, budget };
    let mut all = vec![(Reduction::Keep, at_length)];
    all.extend([2, 3, 4, 6].map(|factor| (Reduction::ward(factor), at_length)));
    all.extend([2, 4].map(|factor| (Reduction::ward(factor), Aggregate::Mean)));
    let variants = [WardVariant::Stanford, WardVariant::Euclidean];
    all.extend(variants.map(|variant| (ward(variant, Budget::Factor(4)), at_length)));
    all.push((ward(WardVariant::Condensed, Budget::Fixed(32)), at_length));
    let neighbors = |factor| Reduction::Neighbors { budget: Budget::Factor(factor) };
    all.extend([2, 4].map(|factor| (neighbors(factor), at_length)));
    all
}

/// Name of a reduction in the table.
pub fn title(reduction: Reduction) -> String {
    let of = |budget| match budget {
        Budget::Factor(factor) => format!("one in {factor}"),
        Budget::Percent(percent) => format!("{percent} %"),
        Budget::Fixed(number) => format!("{number} rows"),
    };
    match reduction {
        Reduction::Keep => "none".into(),
        Reduction::Ward { variant: WardVariant::Condensed, budget } => format!("Ward, {}", of(budget)),
        Reduction::Ward { variant, budget } => format!("Ward ({variant:?}), {}", of(budget)),
        Reduction::Neighbors { budget } => format!("neighbors, {}", of(budget)),
    }
}
