//! Tests of `reduce`: the labels of public implementations, laws of every reduction, hard inputs.

mod budgets;
mod definitions;
mod golden;
mod hard_input;
mod laws;

use super::*;
use pleiad_kernels::Isa;
use pleiad_vectors::{Generator, MultiVector, Seed};

const FACTOR_2: Budget = Budget::Factor(2);

/// One of every kind.
const ALL: [Reduction; 7] = [
    Reduction::Keep,
    Reduction::ward(2),
    Reduction::ward(5),
    Reduction::Ward { variant: WardVariant::Stanford, budget: FACTOR_2 },
    Reduction::Ward { variant: WardVariant::Euclidean, budget: Budget::Percent(30) },
    Reduction::Neighbors { budget: FACTOR_2 },
    Reduction::Neighbors { budget: Budget::Fixed(3) },
];

const AGGREGATES: [Aggregate; 3] = [Aggregate::Mean, Aggregate::MeanAtLength, Aggregate::Sum];

fn reducer(reduction: Reduction, aggregate: Aggregate) -> Reducer {
    Reducer::new(ReduceParams { reduction, aggregate }, Isa::best()).unwrap()
}

fn reduce(reduction: Reduction, tokens: &MultiVector, protected_tokens: usize) -> Reduced {
    let reducer = reducer(reduction, Aggregate::Mean);
    reducer.reduce(tokens.as_ref(), protected_tokens, &mut ReduceScratch::default()).unwrap()
}

/// Tokens as texts have them: around a few directions, of nearly one length.
fn text(generator: &mut Generator, num_tokens: usize, dim: usize) -> MultiVector {
    let topics: Vec<f32> = (0..5 * dim).map(|_| generator.gaussian()).collect();
    let mut data = Vec::with_capacity(num_tokens * dim);
    for _ in 0..num_tokens {
        let topic = generator.below(5) as usize * dim;
        data.extend(topics[topic..topic + dim].iter().map(|v| v + 0.7 * generator.gaussian()));
    }
    MultiVector::new(data, dim).unwrap()
}
