use pleiad_kernels::{Isa, dot};

/// Returns the position of the distance of tokens `i < j` among the `n (n − 1) / 2` of all pairs.
#[inline]
pub(super) fn place(num_tokens: usize, i: usize, j: usize) -> usize {
    debug_assert!(i < j && j < num_tokens);
    row_start(num_tokens, i) + (j - i - 1)
}

/// Returns the position of the first distance of token `i` to a later one.
#[inline]
pub(super) fn row_start(num_tokens: usize, i: usize) -> usize {
    i * (2 * num_tokens - i - 1) / 2
}

/// `(1 − cosine)²`: what PyLate and Sentence-Transformers hand to the linkage is `1 − cosine`, cut to `0..=2`.
pub(super) fn condensed(isa: Isa, unit: &[f32], dim: usize, squares: &mut Vec<f32>) {
    pairs(unit, dim, squares, |a, b| {
        let distance = (1.0 - dot(isa, a, b)).clamp(0.0, 2.0);
        distance * distance
    });
}

/// `|a − b|²` of directions, `2 (1 − cosine)`.
pub(super) fn euclidean(isa: Isa, unit: &[f32], dim: usize, squares: &mut Vec<f32>) {
    pairs(unit, dim, squares, |a, b| (2.0 * (1.0 - dot(isa, a, b))).max(0.0));
}

/// Squared distances between the rows of the matrix of cosines; those of `1 − cosine` lie equally far apart.
pub(super) fn of_rows(isa: Isa, unit: &[f32], dim: usize, cosines: &mut Vec<f32>, squares: &mut Vec<f32>) {
    let num_tokens = unit.len() / dim;
    cosines.clear();
    for a in unit.chunks_exact(dim) {
        cosines.extend(unit.chunks_exact(dim).map(|b| dot(isa, a, b)));
    }
    pairs(cosines, num_tokens, squares, |a, b| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum());
}

fn pairs(rows: &[f32], dim: usize, squares: &mut Vec<f32>, of: impl Fn(&[f32], &[f32]) -> f32) {
    squares.clear();
    for (i, a) in rows.chunks_exact(dim).enumerate() {
        squares.extend(rows[(i + 1) * dim..].chunks_exact(dim).map(|b| of(a, b)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_the_order_of_writing() {
        let (num_tokens, mut next) = (7, 0);
        for i in 0..num_tokens {
            for j in i + 1..num_tokens {
                assert_eq!(place(num_tokens, i, j), next);
                next += 1;
            }
        }
    }
}
