//! One rotation for all tokens and queries, after which values are about normal whatever they were before.
//!
//! Inner products stay as they are, and every dimension carries about the same share of a token, so that one table
//! of levels for the normal distribution suits them all: no training, and nothing stored.

use pleiad_vectors::Seed;

/// The seed of version 1. Stored codes depend on it: a change is a new token code, never an edit.
const VERSION_1: Seed = Seed(0x7065_6c65_6961_6431);

/// Rounds when one transform covers every dimension: the fewest after which single values of any input are close to
/// normal (Andoni et al., "Practical and Optimal LSH for Angular Distance", NeurIPS 2015, section 3).
const ROUNDS: usize = 3;

/// Rounds when it does not: the transform covers the first and the last dimensions in turn, twice each.
const OVERLAPPING_ROUNDS: usize = 4;

/// A randomised Hadamard transform: rounds of random signs, each followed by a Walsh–Hadamard transform of the largest
/// power of two of dimensions.
#[derive(Debug, Clone)]
pub(super) struct Rotation {
    dim: usize,
    /// Dimensions that a transform covers.
    width: usize,
    /// `[rounds, dim]`: random signs, times `width^-1/2` where the transform follows.
    signs: Vec<f32>,
}

impl Rotation {
    /// The rotation of this dimension, which is at least 1. Cost: three or four random bits a dimension.
    pub(super) fn new(dim: usize) -> Self {
        let width = 1 << dim.ilog2();
        let num_rounds = if width == dim { ROUNDS } else { OVERLAPPING_ROUNDS };
        let mut signs = Vec::with_capacity(num_rounds * dim);
        let unit = 1.0 / (width as f32).sqrt();
        for round in 0..num_rounds {
            let mut coins = VERSION_1.derive(round as u64).generator();
            let start = first_dimension(dim, width, round);
            signs.extend((0..dim).map(|k| {
                let size = if (start..start + width).contains(&k) { unit } else { 1.0 };
                if coins.coin() { size } else { -size }
            }));
        }
        Self { dim, width, signs }
    }

    /// Rotates one vector in place. Cost: `O(dim log dim)` additions.
    pub(super) fn forward(&self, values: &mut [f32]) {
        for (round, signs) in self.signs.chunks_exact(self.dim).enumerate() {
            multiply(values, signs);
            self.transform(values, round);
        }
    }

    /// Undoes [`Rotation::forward`].
    pub(super) fn backward(&self, values: &mut [f32]) {
        for (round, signs) in self.signs.chunks_exact(self.dim).enumerate().rev() {
            self.transform(values, round);
            multiply(values, signs);
        }
    }

    fn transform(&self, values: &mut [f32], round: usize) {
        let start = first_dimension(self.dim, self.width, round);
        hadamard(&mut values[start..start + self.width]);
    }
}

/// Returns the first dimension of a round's transform: even rounds cover the first dimensions, odd ones the last.
fn first_dimension(dim: usize, width: usize, round: usize) -> usize {
    if round.is_multiple_of(2) { 0 } else { dim - width }
}

fn multiply(values: &mut [f32], factors: &[f32]) {
    values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
}

/// The Walsh–Hadamard transform of a power of two of values, without its factor `n^-1/2`.
///
/// Additions in a fixed order, so every machine gives the same bits.
fn hadamard(values: &mut [f32]) {
    let mut half = 1;
    if values.len() >= 4 {
        for four in values.as_chunks_mut::<4>().0 {
            let [a, b, c, d] = *four;
            let (sum, difference, sum_2, difference_2) = (a + b, a - b, c + d, c - d);
            *four = [sum + sum_2, difference + difference_2, sum - sum_2, difference - difference_2];
        }
        half = 4;
    }
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dot(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    /// Dimensions around powers of two among them.
    fn dims() -> impl Strategy<Value = usize> {
        prop_oneof![1usize..300, Just(384), Just(512), Just(1023), Just(4096)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn inner_products_stay_and_the_way_back_is_the_way_back(dim in dims(), seed: u64) {
            let mut g = Seed(seed).generator();
            let mut vector = || -> Vec<f32> { (0..dim).map(|_| g.gaussian()).collect() };
            let (a, b) = (vector(), vector());
            let rotation = Rotation::new(dim);
            let (mut c, mut d) = (a.clone(), b.clone());
            rotation.forward(&mut c);
            rotation.forward(&mut d);
            let slack = 1e-6 * (dot(&a, &a) * dot(&b, &b)).sqrt();
            prop_assert!((dot(&a, &b) - dot(&c, &d)).abs() <= slack);
            rotation.backward(&mut c);
            let off = a.iter().zip(&c).map(|(a, c)| f64::from(a - c).powi(2)).sum::<f64>();
            prop_assert!(off <= 1e-12 * dot(&a, &a), "{off}");
        }
    }

    #[test]
    fn rows_and_columns_are_orthonormal() {
        for dim in [1, 2, 3, 7, 24, 64, 96, 100] {
            let rotation = Rotation::new(dim);
            let column = |k: usize| {
                let mut unit = vec![0.0; dim];
                unit[k] = 1.0;
                rotation.forward(&mut unit);
                unit
            };
            let columns: Vec<_> = (0..dim).map(column).collect();
            for (i, a) in columns.iter().enumerate() {
                for (j, b) in columns.iter().enumerate() {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(a, b) - expected).abs() < 1e-6, "{dim}: {i} {j}");
                }
            }
        }
    }

    /// One dimension, or all equal, or half of them nothing: no value may keep much more than its share.
    #[test]
    fn what_was_in_few_dimensions_is_spread_over_all() {
        for dim in [64, 100, 128, 129, 255, 256, 384, 768] {
            let rotation = Rotation::new(dim);
            let inputs = (0..dim + 2).map(|kind| match kind {
                0 => vec![1.0; dim],
                1 => (0..dim).map(|k| f32::from(u8::from(k < dim / 2))).collect(),
                k => (0..dim).map(|at| f32::from(u8::from(at == k - 2))).collect::<Vec<f32>>(),
            });
            for mut values in inputs {
                rotation.forward(&mut values);
                let share = dot(&values, &values) / dim as f64;
                let largest = values.iter().map(|v| f64::from(v * v)).fold(0.0, f64::max);
                assert!(largest <= 30.0 * share, "{dim}: {largest} {share}");
            }
        }
    }

    #[test]
    fn version_1_never_changes() {
        let signs = |dim| -> String {
            let all = Rotation::new(dim).signs;
            all.iter().map(|sign| if *sign > 0.0 { '+' } else { '-' }).collect()
        };
        assert_eq!([signs(8), signs(5)], PINNED_SIGNS);
        let mut values: Vec<f32> = (1..=5u8).map(f32::from).collect();
        Rotation::new(5).forward(&mut values);
        assert_eq!(values.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), PINNED_BITS);
    }

    const PINNED_SIGNS: [&str; 2] = ["---+--++-+--+---++-----+", "---+--+--+++------+-"];
    const PINNED_BITS: [u32; 5] = [1_077_936_128, 3_229_614_080, 3_221_225_472, 3_212_836_864, 3_231_711_232];
}
