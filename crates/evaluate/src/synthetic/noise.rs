use pleiad_vectors::Generator;

/// Standard deviation of the sum of four uniform bytes.
const FOUR_BYTES: f32 = 147.797_6;

/// Adds values of mean 0 and standard deviation `scale`, each the sum of four random bytes: near enough to normal for
/// noise, the same on every machine, and several times cheaper than [`Generator::gaussian`].
pub(super) fn add(generator: &mut Generator, scale: f32, to: &mut [f32]) {
    let unit = scale / FOUR_BYTES;
    for pair in to.chunks_mut(2) {
        let bytes = generator.next_u64().to_le_bytes();
        for (value, four) in pair.iter_mut().zip(bytes.chunks_exact(4)) {
            let sum: u16 = four.iter().map(|&byte| u16::from(byte)).sum();
            *value += (f32::from(sum) - 510.0) * unit;
        }
    }
}

/// Brings a vector to unit length; a vector of zeros gets its first value set.
pub(super) fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|v| *v /= length);
    } else {
        vector[0] = 1.0;
    }
}

/// A random direction.
pub(super) fn direction(generator: &mut Generator, dim: usize) -> Vec<f32> {
    let mut vector: Vec<f32> = (0..dim).map(|_| generator.gaussian()).collect();
    normalize(&mut vector);
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use pleiad_vectors::Seed;

    #[test]
    fn noise_has_the_moments_it_claims() {
        let mut values = vec![0.0; 100_001];
        add(&mut Seed(3).generator(), 2.0, &mut values);
        let num = values.len() as f32;
        let mean = values.iter().sum::<f32>() / num;
        let deviation = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / num).sqrt();
        assert!(mean.abs() < 0.03 && (deviation - 2.0).abs() < 0.02, "{mean} {deviation}");
    }

    #[test]
    fn nothing_becomes_a_unit_vector() {
        let mut zeros = [0.0; 3];
        normalize(&mut zeros);
        assert_eq!(zeros, [1.0, 0.0, 0.0]);
    }
}
