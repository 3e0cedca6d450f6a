//! The directions that token vectors mostly lie along.

use super::eigen::eigenvectors;
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
