use super::{CountSketch, FdeMatrices, FdeParams};
use pleiad_vectors::{Generator, Seed};

// Labels of the streams: stored encodings depend on them.
const VERSION_1: u64 = 0x0046_4445_0000_0001; // "FDE", 1
const HYPERPLANES: u64 = 1;
const INNER: u64 = 2;
const LAST: u64 = 3;

/// The matrices of version 1: one stream for each purpose and repetition.
pub(super) fn matrices(dim: usize, params: &FdeParams) -> FdeMatrices {
    let root = Seed(params.seed).derive(VERSION_1);
    let stream = |purpose: u64, repetition: u32| root.derive(purpose).derive(repetition.into()).generator();
    let num_values = params.simhash_projections as usize * dim;
    let mut hyperplanes = Vec::with_capacity(params.repetitions as usize * num_values);
    for repetition in 0..params.repetitions {
        let mut generator = stream(HYPERPLANES, repetition);
        hyperplanes.extend((0..num_values).map(|_| generator.gaussian()));
    }
    let inner = match params.projection_dim {
        None => Vec::new(),
        Some(columns) => {
            (0..params.repetitions).map(|r| sketch(&mut stream(INNER, r), dim, columns)).collect()
        }
    };
    let last = params
        .final_projection_dim
        .map(|columns| sketch(&mut stream(LAST, 0), params.unprojected_dim(dim), columns));
    FdeMatrices { hyperplanes, inner, last }
}

/// Draws a column, then a sign, for each input.
fn sketch(generator: &mut Generator, num_inputs: usize, num_columns: u32) -> CountSketch {
    let entries = (0..num_inputs).map(|_| (generator.below(num_columns.into()) as u32, generator.coin()));
    CountSketch::collect(num_columns as usize, entries)
}

#[cfg(test)]
mod tests {
    use super::super::FdeGenerator;
    use super::*;

    fn params(seed: u64) -> FdeParams {
        FdeParams {
            repetitions: 2,
            simhash_projections: 2,
            projection_dim: Some(3),
            final_projection_dim: Some(5),
            fill_empty_partitions: true,
            seed,
            generator: FdeGenerator::Portable,
        }
    }

    #[test]
    fn version_1_never_changes() {
        let made = matrices(3, &params(42));
        let bits: Vec<u32> = made.hyperplanes.iter().take(4).map(|v| v.to_bits()).collect();
        assert_eq!(bits, PINNED_HYPERPLANES);
        let entries: Vec<_> = made.inner.iter().flat_map(|s| s.entries().collect::<Vec<_>>()).collect();
        assert_eq!(entries, PINNED_INNER);
        assert_eq!(made.last.unwrap().entries().take(4).collect::<Vec<_>>(), PINNED_LAST);
    }

    const PINNED_HYPERPLANES: [u32; 4] = [3_217_093_226, 3_212_944_527, 3_203_384_635, 1_045_083_117];
    const PINNED_INNER: [(usize, bool); 6] =
        [(2, true), (1, true), (1, true), (1, false), (2, true), (1, false)];
    const PINNED_LAST: [(usize, bool); 4] = [(1, true), (1, true), (1, false), (1, true)];

    #[test]
    fn seeds_and_repetitions_are_independent() {
        let (a, b) = (matrices(64, &params(1)), matrices(64, &params(2)));
        // Unlike the reference, seed 1 repetition 1 is not seed 2 repetition 0.
        assert!(a.hyperplanes.iter().all(|v| !b.hyperplanes.contains(v)));
        let (first, second) = a.hyperplanes.split_at(128);
        assert!(first.iter().all(|v| !second.contains(v)));
        assert_ne!(a.inner[0], a.inner[1]);
    }
}
