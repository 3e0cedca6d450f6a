//! A dense random rotation, for codes that the library does not have.

use pleiad_kernels::{Isa, dot};
use pleiad_vectors::{MultiVector, Seed};

/// Orthonormal rows.
pub struct Rotation(Vec<Vec<f32>>);

impl Rotation {
    /// Gaussian rows made orthonormal.
    pub fn new(dim: usize) -> Self {
        let mut g = Seed(3).generator();
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(dim);
        for _ in 0..dim {
            let mut row: Vec<f64> = (0..dim).map(|_| f64::from(g.gaussian())).collect();
            for _ in 0..2 {
                for other in &rows {
                    let product: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
                    row.iter_mut().zip(other).for_each(|(value, other)| *value -= product * other);
                }
            }
            let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            rows.push(row.into_iter().map(|v| v / length).collect());
        }
        Self(rows.into_iter().map(|row| row.into_iter().map(|v| v as f32).collect()).collect())
    }

    /// All rows of a set, rotated.
    pub fn forward(&self, set: &MultiVector) -> Vec<f32> {
        let isa = Isa::best();
        set.rows().flat_map(|row| self.0.iter().map(move |axis| dot(isa, axis, row))).collect()
    }

    /// Rotated values turned back.
    pub fn backward(&self, values: &[f32]) -> Vec<f32> {
        let dim = self.0.len();
        let mut out = vec![0.0; values.len()];
        for (out, values) in out.chunks_exact_mut(dim).zip(values.chunks_exact(dim)) {
            for (axis, value) in self.0.iter().zip(values) {
                out.iter_mut().zip(axis).for_each(|(out, axis)| *out += axis * value);
            }
        }
        out
    }
}
