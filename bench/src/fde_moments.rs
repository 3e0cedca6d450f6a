//! The second moment of tokens, and tokens in the basis of its eigenvectors.

use pleiad_kernels::{Isa, dot};
use pleiad_vectors::{MultiVector, Seed};

/// Mean and second moment of all document tokens.
pub fn moments(documents: &[MultiVector]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let dim = documents[0].dim();
    let (mut mean, mut second, mut num_tokens) = (vec![0.0; dim], vec![vec![0.0; dim]; dim], 0.0);
    for row in documents.iter().step_by(3).flat_map(MultiVector::rows) {
        num_tokens += 1.0;
        for i in 0..dim {
            mean[i] += f64::from(row[i]);
            second[i].iter_mut().zip(&row[..=i]).for_each(|(sum, v)| *sum += f64::from(row[i] * v));
        }
    }
    for i in 0..dim {
        mean[i] /= num_tokens;
        second[i].iter_mut().for_each(|v| *v /= num_tokens);
        let (above, rest) = second.split_at_mut(i);
        above.iter_mut().zip(&rest[0]).for_each(|(row, &v)| row[i] = v);
    }
    (mean, second)
}

/// The dimensions as they are.
pub fn identity(dim: usize) -> Vec<Vec<f64>> {
    (0..dim).map(|i| (0..dim).map(|j| f64::from(u8::from(i == j))).collect()).collect()
}

/// Eigenvectors of a symmetric matrix, largest eigenvalue first, by simultaneous iteration for the first `num`; what
/// is orthogonal to them follows in no order.
pub fn directions(second: &[Vec<f64>], num: usize) -> Vec<Vec<f64>> {
    let dim = second.len();
    let mut g = Seed(1).generator();
    let mut basis: Vec<Vec<f64>> =
        (0..dim).map(|_| (0..dim).map(|_| f64::from(g.gaussian())).collect()).collect();
    for round in 0..60 {
        for vector in basis.iter_mut().take(if round == 0 { 0 } else { num }) {
            *vector =
                second.iter().map(|row| row.iter().zip(vector.iter()).map(|(a, b)| a * b).sum()).collect();
        }
        orthonormalize(&mut basis);
    }
    basis
}

fn orthonormalize(basis: &mut [Vec<f64>]) {
    for at in 0..basis.len() {
        let (done, rest) = basis.split_at_mut(at);
        for _ in 0..2 {
            for other in done.iter() {
                let product: f64 = other.iter().zip(&rest[0]).map(|(a, b)| a * b).sum();
                rest[0].iter_mut().zip(other).for_each(|(v, o)| *v -= product * o);
            }
        }
        let norm = rest[0].iter().map(|v| v * v).sum::<f64>().sqrt();
        rest[0].iter_mut().for_each(|v| *v /= norm);
    }
}

/// Tokens in the basis, and a constant dimension for the hyperplanes' offsets.
pub fn prepare(set: &MultiVector, basis: &[Vec<f64>]) -> MultiVector {
    let basis: Vec<Vec<f32>> = basis.iter().map(|b| b.iter().map(|&v| v as f32).collect()).collect();
    let row = |row: &[f32]| {
        let mut out: Vec<f32> = basis.iter().map(|b| dot(Isa::best(), b, row)).collect();
        out.push(1.0);
        out
    };
    MultiVector::new(set.rows().flat_map(row).collect(), set.dim() + 1).expect("finite")
}
