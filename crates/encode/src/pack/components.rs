//! The directions that token vectors mostly lie along: eigenvectors of the matrix of their products.

use crate::encoder::Encoded;
use rayon::prelude::*;

/// Texts that one sum takes together: fixed, so that sums do not depend on the number of threads.
const BLOCK_TEXTS: usize = 32;

/// The `dim` first principal components of token vectors, `[dim, row_len]`, uncentered: their mean is a direction like
/// any other, and taking it away gains nothing in a MaxSim.
pub(super) fn components(encoded: &[Encoded], row_len: usize, dim: usize) -> Vec<f32> {
    let of_block = |block: &[Encoded]| {
        let mut sums = vec![0.0f64; row_len * row_len];
        for row in block.iter().flat_map(|encoded| encoded.vectors.rows()) {
            let row: Vec<f64> = row.iter().map(|&value| value.into()).collect();
            for (i, value) in row.iter().enumerate() {
                let sums = &mut sums[i * row_len..][..=i];
                sums.iter_mut().zip(&row).for_each(|(sum, other)| *sum += value * other);
            }
        }
        sums
    };
    let blocks: Vec<Vec<f64>> = encoded.par_chunks(BLOCK_TEXTS).map(of_block).collect();
    let mut sums = vec![0.0; row_len * row_len];
    for block in blocks {
        sums.iter_mut().zip(&block).for_each(|(sum, value)| *sum += value);
    }
    for i in 0..row_len {
        for j in 0..i {
            sums[j * row_len + i] = sums[i * row_len + j];
        }
    }
    let pairs = eigenvectors(sums, row_len);
    pairs.iter().take(dim).flat_map(|(_, vector)| vector.iter().map(|&value| value as f32)).collect()
}

/// Most sweeps over all pairs: convergence is quadratic, and matrices of a thousand rows take about ten.
const MAX_SWEEPS: usize = 64;

/// Largest share of the square off the diagonal of a matrix that counts as diagonal.
const TOLERANCE: f64 = 1e-24;

/// Eigenvalues, largest first, each with its eigenvector of length one, by the cyclic Jacobi method (Golub and Van
/// Loan, Matrix Computations, 4th edition, section 8.5.3). `matrix` is row-major `[dim, dim]` and symmetric. An
/// eigenvector's largest value is positive, so that the same matrix gives the same vectors. Cost: some ten times 6 ·
/// dim³ operations.
fn eigenvectors(mut matrix: Vec<f64>, dim: usize) -> Vec<(f64, Vec<f64>)> {
    let mut vectors: Vec<f64> = (0..dim * dim).map(|at| f64::from(u8::from(at % (dim + 1) == 0))).collect();
    let total: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..MAX_SWEEPS {
        if beside_diagonal(&matrix, dim) <= TOLERANCE * total {
            break;
        }
        for p in 0..dim {
            for q in p + 1..dim {
                rotate(&mut matrix, &mut vectors, dim, p, q);
            }
        }
    }
    let pair = |at: usize| (matrix[at * dim + at], positive(vectors[at * dim..][..dim].to_vec()));
    let mut pairs: Vec<(f64, Vec<f64>)> = (0..dim).map(pair).collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

fn beside_diagonal(matrix: &[f64], dim: usize) -> f64 {
    let beside = matrix.iter().enumerate().filter(|(at, _)| at % (dim + 1) != 0);
    beside.map(|(_, value)| value * value).sum()
}

/// Makes the value at row `p`, column `q` zero; `vectors` holds an eigenvector in each row.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], dim: usize, p: usize, q: usize) {
    let beside = matrix[p * dim + q];
    if beside == 0.0 {
        return;
    }
    let theta = (matrix[q * dim + q] - matrix[p * dim + p]) / (2.0 * beside);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for k in 0..dim {
        let (a, b) = (matrix[k * dim + p], matrix[k * dim + q]);
        matrix[k * dim + p] = cosine * a - sine * b;
        matrix[k * dim + q] = sine * a + cosine * b;
    }
    turn_rows(matrix, dim, p, q, cosine, sine);
    turn_rows(vectors, dim, p, q, cosine, sine);
}

fn turn_rows(matrix: &mut [f64], dim: usize, p: usize, q: usize, cosine: f64, sine: f64) {
    let (above, below) = matrix.split_at_mut(q * dim);
    for (a, b) in above[p * dim..][..dim].iter_mut().zip(&mut below[..dim]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

/// The vector or its opposite, whichever has a positive value of largest size.
fn positive(mut vector: Vec<f64>) -> Vec<f64> {
    let largest = vector.iter().copied().fold(
        0.0,
        |largest: f64, value| {
            if value.abs() > largest.abs() { value } else { largest }
        },
    );
    if largest < 0.0 {
        vector.iter_mut().for_each(|value| *value = -*value);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_matrix_by_hand() {
        // Eigenvalues 3 and 1 along (1, 1) and (1, -1).
        let pairs = eigenvectors(vec![2.0, 1.0, 1.0, 2.0], 2);
        let half = 0.5f64.sqrt();
        assert!((pairs[0].0 - 3.0).abs() < 1e-12 && (pairs[1].0 - 1.0).abs() < 1e-12, "{pairs:?}");
        assert!((pairs[0].1[0] - half).abs() < 1e-12 && (pairs[0].1[1] - half).abs() < 1e-12, "{pairs:?}");
        let zero = eigenvectors(vec![0.0; 9], 3);
        assert!(
            zero.iter().all(|(value, vector)| *value == 0.0 && vector.iter().sum::<f64>() == 1.0),
            "{zero:?}"
        );
    }

    proptest! {
        #[test]
        fn the_vectors_are_orthonormal_and_make_the_matrix_again(
            (dim, half) in (1usize..12).prop_flat_map(|dim| (Just(dim), prop::collection::vec(-4.0f64..4.0, dim * dim))),
        ) {
            let matrix: Vec<f64> =
                (0..dim * dim).map(|at| half[at] + half[at % dim * dim + at / dim]).collect();
            let pairs = eigenvectors(matrix.clone(), dim);
            prop_assert!(pairs.is_sorted_by(|a, b| a.0 >= b.0));
            for i in 0..dim {
                for j in 0..dim {
                    let dot: f64 = pairs[i].1.iter().zip(&pairs[j].1).map(|(a, b)| a * b).sum();
                    prop_assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-9, "{i} {j} {dot}");
                    let again: f64 = pairs.iter().map(|(value, v)| value * v[i] * v[j]).sum();
                    prop_assert!((again - matrix[i * dim + j]).abs() < 1e-9, "{again}");
                }
            }
        }
    }
}
