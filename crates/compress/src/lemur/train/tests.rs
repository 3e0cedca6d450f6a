use super::gradient::Network;
use super::training_set::{Examples, TrainingSet};
use super::*;
use crate::kmeans::in_order;
use pleiad_vectors::MultiVector;

const DIM: usize = 5;

fn unit_rows(num: usize, generator: &mut Generator) -> Vec<f32> {
    let mut rows: Vec<f32> = (0..num * DIM).map(|_| generator.gaussian()).collect();
    crate::lemur::layer::to_directions(&mut rows, DIM);
    rows
}

fn documents(num: usize, seed: u64) -> Vec<MultiVector> {
    let mut generator = Seed(seed).generator();
    (0..num).map(|at| MultiVector::new(unit_rows(2 + at % 5, &mut generator), DIM).unwrap()).collect()
}

fn network(num_features: usize, num_documents: usize) -> Network {
    let mut generator = Seed(3).generator();
    let layer = Layer::new(DIM, num_features, &mut generator);
    Network::new(layer, num_documents, &mut generator)
}

/// Numerical derivative of the loss by `value` of the network.
fn slope(network: &mut Network, examples: &Examples, value: impl Fn(&mut Network) -> &mut f32) -> f64 {
    const STEP: f32 = 1e-2;
    let before = *value(network);
    let losses = [before + STEP, before - STEP].map(|moved| {
        *value(network) = moved;
        network.loss(examples, Isa::Reference, &in_order)
    });
    *value(network) = before;
    (losses[0] - losses[1]) / f64::from(2.0 * STEP)
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    let mut generator = Seed(9).generator();
    let (num_features, num_documents, num_tokens) = (12, 3, 40);
    let directions = unit_rows(num_tokens, &mut generator);
    let scores = (0..num_tokens * num_documents).map(|_| generator.gaussian()).collect();
    let examples = Examples { dim: DIM, num_documents, directions, scores };
    let mut network = network(num_features, num_documents);
    for isa in Isa::available() {
        network.differentiate(&examples, isa, &in_order);
        for at in 0..num_documents.min(num_features) {
            let found = [
                (
                    network.weights.gradient[7 * at],
                    slope(&mut network, &examples, |n| &mut n.weights.values[7 * at]),
                ),
                (network.bias.gradient[at], slope(&mut network, &examples, |n| &mut n.bias.values[at])),
                (network.scale.gradient[at], slope(&mut network, &examples, |n| &mut n.scale.values[at])),
                (network.shift.gradient[at], slope(&mut network, &examples, |n| &mut n.shift.values[at])),
                (
                    network.outputs.gradient[5 * at],
                    slope(&mut network, &examples, |n| &mut n.outputs.values[5 * at]),
                ),
                (network.offsets.gradient[at], slope(&mut network, &examples, |n| &mut n.offsets.values[at])),
            ];
            for (place, (gradient, slope)) in found.into_iter().enumerate() {
                let error = (f64::from(gradient) - slope).abs();
                assert!(error < 2e-3 + 0.05 * slope.abs(), "{isa}, {place} of {at}: {gradient} {slope}");
            }
        }
    }
}

#[test]
fn training_explains_tokens_that_were_held_out() {
    let documents = documents(60, 4);
    let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
    let isa = Isa::best();
    let training_set = TrainingSet::draw(&sets, isa, &mut Seed(1).generator(), &in_order).unwrap();
    assert_eq!(training_set.num_documents, 60);
    assert_eq!(training_set.taught.num_tokens() + training_set.held_out.num_tokens(), 240);
    let mut network = network(64, training_set.num_documents);
    let before = network.loss(&training_set.held_out, isa, &in_order);
    for _ in 0..200 {
        network.step(&training_set.taught, 3e-3, isa, &in_order);
    }
    let after = network.loss(&training_set.held_out, isa, &in_order);
    assert!(after < 0.5 * before && after < 0.5, "{before} {after}");
}

#[test]
fn threads_change_nothing() {
    let documents = documents(40, 6);
    let sets: Vec<MultiVectorRef<'_>> = documents.iter().map(MultiVector::as_ref).collect();
    let params = LemurParams::new(24, 5);
    let backwards = |num_tasks: usize, task: &(dyn Fn(usize) + Sync)| (0..num_tasks).rev().for_each(task);
    let layer = train(&params, &sets, Isa::best(), &in_order).unwrap();
    assert_eq!(layer, train(&params, &sets, Isa::best(), &backwards).unwrap());
    assert_ne!(layer, train(&LemurParams::new(24, 6), &sets, Isa::best(), &in_order).unwrap());
}

/// Tokens that all score the same leave nothing to learn, and no value that is not finite.
#[test]
fn equal_tokens_teach_nothing() {
    let documents = [MultiVector::new([1.0, 0.0, 0.0, 0.0, 0.0].repeat(30), DIM).unwrap()];
    let layer = train(&LemurParams::new(8, 5), &[documents[0].as_ref()], Isa::best(), &in_order).unwrap();
    let values = [&layer.weights, &layer.bias, &layer.scale, &layer.shift];
    assert!(values.into_iter().flatten().all(|value| value.is_finite()));
}
