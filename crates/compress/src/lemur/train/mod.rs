//! Training of the features: a layer and one output for each of some documents, by gradient descent on what tokens score
//! on them. Of the outputs nothing is kept.
//!
//! LEMUR (arXiv 2601.21853, §4) as its code has it: mean squared error of scores brought to mean 0 and variance 1, Adam
//! with gradients clipped to a length. What differs: `max(0, x)` in place of GELU (as good, and its slope is free),
//! batches of 256 (better than 512 for as many tokens), a rate that falls along half a cosine, and tokens held out to
//! stop by.

mod gradient;
mod training_set;

#[cfg(test)]
mod tests;

use super::layer::Layer;
use super::{LemurError, LemurParams};
use crate::kmeans::Spread;
use gradient::Network;
use pleiad_kernels::Isa;
use pleiad_vectors::{Generator, MultiVectorRef, Seed};
use training_set::TrainingSet;

// Label of the stream.
const VERSION_1: u64 = 0x4c45_4d55_0002_0001; // "LEMU", training, 1

/// Between two looks at the tokens that are held out: with all of the tokens that are looked at, one pass over them.
const STEPS_OF_ROUND: usize = 88;

/// Most rounds.
const NUM_ROUNDS: usize = 10;

/// Tokens of one step.
const BATCH_TOKENS: usize = 256;

/// Learning rate of the first step.
const RATE: f64 = 3e-3;

/// Trains on documents, of which there must be one with tokens.
///
/// The same documents, parameters and instruction set give the same layer with any [`Spread`]. Cost: up to 880 steps of
/// 256 tokens, `3 · num_features · (num_documents + dim)` multiply-adds for each, with up to 512 documents; a step on
/// all threads.
pub(super) fn train(
    params: &LemurParams,
    documents: &[MultiVectorRef<'_>],
    isa: Isa,
    spread: Spread<'_>,
) -> Result<Layer, LemurError> {
    let mut generator = Seed(params.seed).derive(VERSION_1).generator();
    let training_set = TrainingSet::draw(documents, isa, &mut generator, spread)?;
    let layer = Layer::new(training_set.dim, params.num_features as usize, &mut generator);
    Ok(descend(
        &training_set,
        Network::new(layer, training_set.num_documents, &mut generator),
        &mut generator,
        isa,
        spread,
    ))
}

/// The best layer on the tokens that are held out, when it gets no better or all rounds are done.
fn descend(
    training_set: &TrainingSet,
    mut network: Network,
    generator: &mut Generator,
    isa: Isa,
    spread: Spread<'_>,
) -> Layer {
    let mut best = (network.loss(&training_set.held_out, isa, spread), network.layer());
    let mut order: Vec<usize> = (0..training_set.taught.num_tokens()).collect();
    let mut num_used = order.len();
    for round in 0..NUM_ROUNDS {
        for step in 0..STEPS_OF_ROUND {
            if num_used + BATCH_TOKENS > order.len() {
                generator.shuffle(&mut order);
                num_used = 0;
            }
            let batch = &order[num_used..order.len().min(num_used + BATCH_TOKENS)];
            num_used += batch.len();
            let progress = (round * STEPS_OF_ROUND + step) as f64 / (NUM_ROUNDS * STEPS_OF_ROUND) as f64;
            let rate = RATE * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
            network.step(&training_set.taught.of(batch), rate as f32, isa, spread);
        }
        let loss = network.loss(&training_set.held_out, isa, spread);
        if loss < best.0 {
            best = (loss, network.layer());
        } else {
            break;
        }
    }
    best.1
}
