/// Writes the rows at unit length, zero rows as they are. Lengths are taken in `f64`, so that neither the largest nor
/// the smallest values leave their range.
pub(super) fn directions(rows: &[f32], dim: usize, unit: &mut Vec<f32>) {
    unit.clear();
    unit.reserve(rows.len());
    for row in rows.chunks_exact(dim) {
        let length = length(row.iter().copied().map(f64::from));
        let scale = if length > 0.0 { length.recip() } else { 0.0 };
        unit.extend(row.iter().map(|&v| (f64::from(v) * scale) as f32));
    }
}

/// Euclidean length.
pub(super) fn length(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}
