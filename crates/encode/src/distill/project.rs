//! Fewer dimensions for directions that lie in a cone.

use super::components::eigenvectors;
use rayon::prelude::*;

/// Rows that one sum takes together: fixed, so that sums do not depend on the number of threads.
const BLOCK_ROWS: usize = 1024;

/// Components that are left out, where more are there than are kept: the first one tells frequent words from rare ones and
/// little of what they mean (Mu and Viswanath, "All-but-the-Top", ICLR 2018, drop some for that).
const NUM_DROPPED: usize = 1;

/// The rows minus their mean, in the basis of `dim` principal components, the largest but the first. Each row has as many
/// values as the first, and at least `dim`.
pub(super) fn principal(rows: &[Vec<f32>], dim: usize) -> Vec<Vec<f32>> {
    let num_values = rows.first().map_or(0, Vec::len);
    let mut mean = vec![0.0; num_values];
    for row in rows {
        mean.iter_mut().zip(row).for_each(|(mean, &value)| *mean += f64::from(value) / rows.len() as f64);
    }
    let centered = |row: &Vec<f32>| -> Vec<f64> {
        row.iter().zip(&mean).map(|(&value, mean)| f64::from(value) - mean).collect()
    };
    let pairs = eigenvectors(covariance(rows, num_values, &centered), num_values);
    let project = |row: &Vec<f32>| -> Vec<f32> {
        let row = centered(row);
        let value = |(_, vector): &(f64, Vec<f64>)| row.iter().zip(vector).map(|(a, b)| a * b).sum::<f64>();
        let begin = NUM_DROPPED.min(pairs.len() - dim);
        pairs[begin..begin + dim].iter().map(|pair| value(pair) as f32).collect()
    };
    rows.par_iter().map(project).collect()
}

/// Σ over rows of the outer product of each with itself.
fn covariance(
    rows: &[Vec<f32>],
    num_values: usize,
    centered: &(impl Fn(&Vec<f32>) -> Vec<f64> + Sync),
) -> Vec<f64> {
    let of_block = |block: &[Vec<f32>]| {
        let mut sums = vec![0.0; num_values * num_values];
        for row in block {
            let row = centered(row);
            for (i, &value) in row.iter().enumerate() {
                let sums = &mut sums[i * num_values..][..=i];
                sums.iter_mut().zip(&row).for_each(|(sum, other)| *sum += value * other);
            }
        }
        sums
    };
    let blocks: Vec<Vec<f64>> = rows.par_chunks(BLOCK_ROWS).map(of_block).collect();
    let mut sums = vec![0.0; num_values * num_values];
    for block in blocks {
        sums.iter_mut().zip(&block).for_each(|(sum, value)| *sum += value);
    }
    for i in 0..num_values {
        for j in 0..i {
            sums[j * num_values + i] = sums[i * num_values + j];
        }
    }
    sums
}
