use super::vectorized::{Loop, on, sum};
use crate::Isa;

/// Normalizes each row to mean 0 and variance 1, then scales and shifts it (Ba, Kiros and Hinton, arXiv 1607.06450):
/// `(x − mean) / √(variance + epsilon) · scale + shift`. Cost: four passes over rows that stay in cache.
///
/// # Panics
/// When `scale` is empty, `shift` has another length, or `rows` does not hold whole rows of it.
pub fn layer_norm(isa: Isa, rows: &mut [f32], scale: &[f32], shift: &[f32], epsilon: f32) {
    assert_eq!(scale.len(), shift.len(), "a scale and a shift per column");
    assert!(!scale.is_empty() && rows.len().is_multiple_of(scale.len()), "rows of {} values", scale.len());
    on(isa, LayerNorm { rows, scale, shift, epsilon });
}

/// As [`layer_norm`] of `rows + added`, which is written to `rows`. Cost: one more pass over rows that stay in cache.
///
/// # Panics
/// As [`layer_norm`], and when `added` is not as long as `rows`.
pub fn add_layer_norm(isa: Isa, rows: &mut [f32], added: &[f32], scale: &[f32], shift: &[f32], epsilon: f32) {
    assert_eq!(rows.len(), added.len(), "as much added as there is");
    assert_eq!(scale.len(), shift.len(), "a scale and a shift per column");
    assert!(!scale.is_empty() && rows.len().is_multiple_of(scale.len()), "rows of {} values", scale.len());
    on(isa, AddLayerNorm { added, norm: LayerNorm { rows, scale, shift, epsilon } });
}

struct AddLayerNorm<'a> {
    added: &'a [f32],
    norm: LayerNorm<'a>,
}

impl Loop for AddLayerNorm<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSES: bool>(self) {
        let LayerNorm { rows, scale, shift, epsilon } = self.norm;
        let num_columns = scale.len();
        for (rows, added) in rows.chunks_exact_mut(num_columns).zip(self.added.chunks_exact(num_columns)) {
            rows.iter_mut().zip(added).for_each(|(value, added)| *value += added);
            LayerNorm { rows, scale, shift, epsilon }.run::<FUSES>();
        }
    }
}

struct LayerNorm<'a> {
    rows: &'a mut [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    epsilon: f32,
}

impl Loop for LayerNorm<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSES: bool>(self) {
        let num_columns = self.scale.len() as f32;
        for row in self.rows.chunks_exact_mut(self.scale.len()) {
            let mean = sum(row, |value| value) / num_columns;
            let variance = sum(row, |value| (value - mean) * (value - mean)) / num_columns;
            let inverse = 1.0 / (variance + self.epsilon).sqrt();
            for ((value, scale), shift) in row.iter_mut().zip(self.scale).zip(self.shift) {
                *value = (*value - mean) * inverse * scale + shift;
            }
        }
    }
}

/// Makes each row one long. A row of zeros stays one. Cost: two passes.
///
/// # Panics
/// When `row_len` is zero or does not divide the values.
pub fn unit_rows(isa: Isa, rows: &mut [f32], row_len: usize) {
    assert!(row_len > 0 && rows.len().is_multiple_of(row_len), "rows of {row_len} values");
    on(isa, UnitRows { rows, row_len });
}

struct UnitRows<'a> {
    rows: &'a mut [f32],
    row_len: usize,
}

impl Loop for UnitRows<'_> {
    type Out = ();

    #[inline(always)]
    fn run<const FUSES: bool>(self) {
        for row in self.rows.chunks_exact_mut(self.row_len) {
            // What the usual frameworks call epsilon: it keeps zeros finite.
            let inverse = 1.0 / sum(row, |value| value * value).sqrt().max(1e-12);
            row.iter_mut().for_each(|value| *value *= inverse);
        }
    }
}
