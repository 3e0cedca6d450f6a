//! Rounding that makes up for itself: GPTQ (Frantar et al., arXiv 2210.17323, algorithm 1).
//!
//! A layer's outputs are sums. What one weight of an output loses by rounding, those that are rounded after it can
//! partly give back, as far as their inputs go along with its input. How inputs go along is learned from texts.

use crate::weights::{GROUP, Groups, Scale, Steps};
use pleiad_kernels::{Activation, FloatPanels, Isa, Matrix, MatrixMut};

/// Damping added to the diagonal, as a share of its mean: inputs that hardly vary would be trusted without end.
const DAMPING: f64 = 0.01;

/// Σ over tokens of the outer product of a layer's input with itself.
#[derive(Debug)]
pub(super) struct Moments {
    dim: usize,
    /// Row-major `[dim, dim]`.
    sums: Vec<f64>,
}

impl Moments {
    pub(super) fn new(dim: usize) -> Self {
        Self { dim, sums: vec![0.0; dim * dim] }
    }

    /// Adds the inputs of some tokens, `[num_tokens, dim]`.
    pub(super) fn add(&mut self, rows: &[f32]) {
        let (dim, num_tokens) = (self.dim, rows.len() / self.dim);
        let mut columns = vec![0.0; rows.len()];
        for (token, row) in rows.chunks_exact(dim).enumerate() {
            row.iter().enumerate().for_each(|(at, value)| columns[at * num_tokens + token] = *value);
        }
        let mut panels = FloatPanels::new(Isa::best());
        panels.pack_columns(Matrix::new(rows, dim));
        let mut sums = vec![0.0; dim * dim];
        let mut out = MatrixMut::new(&mut sums, dim);
        panels.product(Matrix::new(&columns, num_tokens), Activation::Identity, &mut out);
        self.sums.iter_mut().zip(&sums).for_each(|(sum, &part)| *sum += f64::from(part));
    }

    /// Returns the compensation of a loss at one input by those behind it.
    pub(super) fn compensation(&self) -> Compensation {
        let dim = self.dim;
        let mean = (0..dim).map(|at| self.sums[at * (dim + 1)]).sum::<f64>() / dim as f64;
        let mut root = self.sums.clone();
        // Without a single token, all inputs count alike.
        (0..dim).for_each(|at| root[at * (dim + 1)] += if mean > 0.0 { DAMPING * mean } else { 1.0 });
        let weights = (0..dim).map(|at| root[at * (dim + 1)] as f32).collect();
        upper_root(&mut root, dim);
        Compensation { dim, weights, factors: upper_inverse(&root, dim) }
    }
}

/// Spread of rounding errors over the inputs of a layer.
#[derive(Debug)]
pub(super) struct Compensation {
    dim: usize,
    /// Weight of each input.
    weights: Vec<f32>,
    /// Upper triangular `U` with `Uᵀ·U` the inverse of the moments, row-major.
    factors: Vec<f64>,
}

impl Compensation {
    /// A row of weights in four bits, appended. Cost: a multiply-add for each pair of inputs.
    pub(super) fn pack_row(&self, row: &[f32], out: &mut Vec<u8>) {
        let mut rest: Vec<f64> = row.iter().map(|&value| value.into()).collect();
        let mut groups = Groups::default();
        for start in (0..self.dim).step_by(GROUP) {
            let end = self.dim.min(start + GROUP);
            let values: Vec<f32> = rest[start..end].iter().map(|&value| value as f32).collect();
            let scale = Scale::best(&values, Some(&self.weights[start..end]), Steps::FOUR_BITS);
            groups.scales.push(scale);
            for at in start..end {
                let step = scale.step(rest[at] as f32);
                let factors = &self.factors[at * self.dim..][at..self.dim];
                let error = (rest[at] - f64::from(scale.value(step))) / factors[0];
                rest[at..].iter_mut().zip(factors).for_each(|(rest, factor)| *rest -= error * factor);
                groups.steps.push(step);
            }
        }
        groups.write_to(out);
    }
}

/// Replaces a symmetric positive matrix by the upper triangular `R` with `R·Rᵀ` that matrix: Cholesky's method from
/// the last row on.
fn upper_root(matrix: &mut [f64], dim: usize) {
    for j in (0..dim).rev() {
        let (above, own) = matrix.split_at_mut(j * dim);
        let tail: f64 = own[j + 1..dim].iter().map(|value| value * value).sum();
        let root = (own[j] - tail).max(f64::MIN_POSITIVE).sqrt();
        own[j] = root;
        own[..j].fill(0.0);
        for row in above.chunks_exact_mut(dim) {
            let tail: f64 = row[j + 1..].iter().zip(&own[j + 1..dim]).map(|(a, b)| a * b).sum();
            row[j] = (row[j] - tail) / root;
        }
    }
}

/// The inverse of an upper triangular matrix.
fn upper_inverse(matrix: &[f64], dim: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; dim * dim];
    for i in (0..dim).rev() {
        let row = &matrix[i * dim..][..dim];
        let (before, behind) = inverse.split_at_mut((i + 1) * dim);
        let own = &mut before[i * dim..];
        own[i] = 1.0;
        for (k, below) in (i + 1..dim).zip(behind.chunks_exact(dim)) {
            own[k..].iter_mut().zip(&below[k..]).for_each(|(own, below)| *own -= row[k] * below);
        }
        own[i..].iter_mut().for_each(|value| *value /= row[i]);
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Packing;

    /// Inputs of which each is mostly the one before.
    fn inputs(num_tokens: usize, dim: usize) -> Vec<f32> {
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from((state >> 16) as i16) / 32768.0
        };
        let mut rows = Vec::new();
        for _ in 0..num_tokens {
            let mut last = 0.0;
            rows.extend((0..dim).map(|_| {
                last = 0.9 * last + random();
                last
            }));
        }
        rows
    }

    #[test]
    fn the_factors_are_a_root_of_the_inverse() {
        let dim = 40;
        let mut moments = Moments::new(dim);
        moments.add(&inputs(300, dim));
        let compensation = moments.compensation();
        let mean = (0..dim).map(|at| moments.sums[at * (dim + 1)]).sum::<f64>() / dim as f64;
        let factors = &compensation.factors;
        let inverse =
            |i: usize, j: usize| (0..dim).map(|k| factors[k * dim + i] * factors[k * dim + j]).sum::<f64>();
        for i in 0..dim {
            for j in 0..dim {
                let damped = |k: usize| moments.sums[i * dim + k] + if i == k { DAMPING * mean } else { 0.0 };
                let product: f64 = (0..dim).map(|k| damped(k) * inverse(k, j)).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-6, "{i} {j} {product}");
            }
        }
    }

    #[test]
    fn outputs_lose_less_than_by_rounding_alone() {
        let (dim, texts) = (96, inputs(400, 96));
        let mut moments = Moments::new(dim);
        moments.add(&texts);
        let compensation = moments.compensation();
        let row = inputs(1, dim);
        let loss = |bytes: &[u8]| {
            let mut found = vec![0.0; dim];
            Packing::Groups4.widen_row(bytes, &mut found);
            let off = |input: &[f32]| {
                let pairs = row.iter().zip(&found).zip(input);
                pairs.map(|((a, b), x)| f64::from((a - b) * x)).sum::<f64>().powi(2)
            };
            texts.chunks_exact(dim).map(off).sum::<f64>()
        };
        let (mut rounded, mut compensated) = (Vec::new(), Vec::new());
        Packing::Groups4.pack_row(&row, &mut rounded);
        compensation.pack_row(&row, &mut compensated);
        assert_eq!(rounded.len(), compensated.len());
        assert!(loss(&compensated) < 0.5 * loss(&rounded), "{} {}", loss(&compensated), loss(&rounded));
    }
}
