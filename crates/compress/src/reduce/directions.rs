/// Writes the rows at unit length, zero rows as they are. Lengths are taken in `f64`, so that neither the largest nor
/// the smallest values leave their range.
pub(super) fn directions(rows: &[f32], dim: usize, unit: &mut Vec<f32>) {
    unit.clear();
    unit.reserve(rows.len());
    for row in rows.chunks_exact(dim) {
        let length = length(row);
        let scale = if length > 0.0 { length.recip() } else { 0.0 };
        unit.extend(row.iter().map(|&v| (f64::from(v) * scale) as f32));
    }
}

/// Euclidean length, summed in eight lanes: no addition waits for the one before.
pub(super) fn length<T: Copy + Into<f64>>(values: &[T]) -> f64 {
    let mut lanes = [0.0; 8];
    let (eights, rest) = values.as_chunks::<8>();
    for eight in eights {
        for (lane, &value) in lanes.iter_mut().zip(eight) {
            let value: f64 = value.into();
            *lane += value * value;
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        let value: f64 = value.into();
        *lane += value * value;
    }
    lanes.iter().sum::<f64>().sqrt()
}
