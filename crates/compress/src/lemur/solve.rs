use super::LemurError;
use super::products::{Packed, transposed};
use pleiad_kernels::{Isa, dot};

/// Ridge added to the diagonal, as a share of its mean. From 0.01 to 0.1 candidates hardly change, from 0.3 on they
/// get worse; a large one leaves `f32` enough digits.
const RIDGE: f32 = 0.1;

/// `(ΦΦᵀ + ridge)⁻¹` of features `[num_features, num_samples]`, row-major.
///
/// Cost: `num_features^2 · num_samples` multiply-adds, and `num_features^3`.
///
/// # Errors
/// [`LemurError::Degenerate`] when no digits are left of a pivot.
pub(super) fn inverse_moment(isa: Isa, features: &[f32], num_samples: usize) -> Result<Vec<f32>, LemurError> {
    let num = features.len() / num_samples;
    let mut moment = vec![0.0; num * num];
    Packed::new(isa, features, num_samples).products(features, num_samples, &mut moment);
    let ridge = RIDGE * (0..num).map(|i| moment[i * num + i]).sum::<f32>() / num as f32;
    (0..num).for_each(|i| moment[i * num + i] += ridge);
    factor(isa, &mut moment, num)?;
    Ok(inverse_of_factored(isa, &moment, num))
}

/// Cholesky's factor in place of the lower triangle: `A = L Lᵀ`, row by row.
fn factor(isa: Isa, matrix: &mut [f32], num: usize) -> Result<(), LemurError> {
    for r in 0..num {
        let (done, rest) = matrix.split_at_mut(r * num);
        let row = &mut rest[..num];
        for c in 0..r {
            let above = &done[c * num..][..num];
            row[c] = (row[c] - dot(isa, &row[..c], &above[..c])) / above[c];
        }
        let value = row[r] - dot(isa, &row[..r], &row[..r]);
        if !(value > 0.0 && value.is_finite()) {
            return Err(LemurError::Degenerate { pivot: r, value });
        }
        row[r] = value.sqrt();
    }
    Ok(())
}

/// `(L Lᵀ)⁻¹ = L⁻ᵀ L⁻¹`, from the lower triangle.
fn inverse_of_factored(isa: Isa, factor: &[f32], num: usize) -> Vec<f32> {
    let mut lower = vec![0.0; num * num];
    for r in 0..num {
        let (done, rest) = lower.split_at_mut(r * num);
        let row = &mut rest[..num];
        row[r] = 1.0;
        for (k, above) in done.chunks_exact(num).enumerate() {
            let weight = factor[r * num + k];
            row[..=k].iter_mut().zip(above).for_each(|(v, a)| *v -= weight * a);
        }
        let pivot = factor[r * num + r];
        row[..=r].iter_mut().for_each(|v| *v /= pivot);
    }
    let columns = transposed(&lower, num);
    let mut inverse = vec![0.0; num * num];
    for (i, column) in columns.chunks_exact(num).enumerate() {
        for (j, other) in columns.chunks_exact(num).enumerate().take(i + 1) {
            // Column i of a lower triangle begins at row i.
            let value = dot(isa, &column[i..], &other[i..]);
            inverse[i * num + j] = value;
            inverse[j * num + i] = value;
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::Seed;

    #[test]
    fn the_inverse_undoes_the_moment() {
        let (num, num_samples) = (37, 150);
        let mut g = Seed(5).generator();
        let features: Vec<f32> = (0..num * num_samples).map(|_| g.gaussian().max(0.0)).collect();
        let inverse = inverse_moment(Isa::best(), &features, num_samples).unwrap();
        let row = |i: usize| &features[i * num_samples..][..num_samples];
        let product =
            |i: usize, j: usize| -> f64 { row(i).iter().zip(row(j)).map(|(a, b)| f64::from(a * b)).sum() };
        let ridge = f64::from(RIDGE) * (0..num).map(|i| product(i, i)).sum::<f64>() / num as f64;
        for i in 0..num {
            for j in 0..num {
                let moment = |k: usize| product(k, j) + if k == j { ridge } else { 0.0 };
                let found: f64 = (0..num).map(|k| f64::from(inverse[i * num + k]) * moment(k)).sum();
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((found - expected).abs() < 1e-3, "{i}, {j}: {found}");
            }
        }
    }

    #[test]
    fn features_without_values_are_an_error() {
        let error = inverse_moment(Isa::best(), &[0.0; 40], 10).unwrap_err();
        assert_eq!(error, LemurError::Degenerate { pivot: 0, value: 0.0 });
    }
}
