//! Codes of one value after the other.

use pleiad_compress::FdeParams;
use pleiad_vectors::Seed;

/// Values that are rotated together.
const ROTATED: usize = 1024;

/// Lloyd and Max's sixteen levels in deviations, those above zero.
const SIXTEEN: [f32; 8] = [0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733];

/// Every block of a repetition's partition at unit length.
pub fn unit_blocks(fdes: &[Vec<f32>], params: &FdeParams) -> Vec<Vec<f32>> {
    let block = params.projection_dim.expect("a sketch") as usize;
    let unit = |fde: &Vec<f32>| {
        let mut fde = fde.clone();
        for values in fde.chunks_exact_mut(block) {
            let length = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            values.iter_mut().for_each(|value| *value /= length);
        }
        fde
    };
    fdes.iter().map(unit).collect()
}

/// Even levels between the least and the largest value of each (Aguerrebere et al., VLDB 2023).
pub fn lvq(fdes: &[Vec<f32>], bits: u32) -> Vec<Vec<f32>> {
    let of = |fde: &Vec<f32>| {
        let least = fde.iter().copied().fold(f32::INFINITY, f32::min);
        let largest = fde.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let step = ((largest - least) / ((1 << bits) - 1) as f32).max(f32::MIN_POSITIVE);
        fde.iter().map(|value| ((value - least) / step).round() * step + least).collect()
    };
    fdes.iter().map(of).collect()
}

/// The sign of each value.
pub fn signs(fdes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    fdes.iter().map(|fde| fde.iter().map(|&v| if v > 0.0 { 1.0 } else { -1.0 }).collect()).collect()
}

/// Levels of the normal distribution, 4 bits or 1, in rotations of neighboring values, with one unbiased scale.
pub fn rotated_levels(fdes: &[Vec<f32>], bits: usize) -> Vec<Vec<f32>> {
    let mut g = Seed(7).generator();
    let signs: Vec<f32> = (0..fdes[0].len()).map(|_| if g.coin() { 1.0 } else { -1.0 }).collect();
    let of = |fde: &Vec<f32>| {
        let mut values: Vec<f32> = fde.iter().zip(&signs).map(|(value, sign)| value * sign).collect();
        values.chunks_mut(ROTATED).for_each(hadamard);
        let square: f32 = values.iter().map(|v| v * v).sum();
        let inverse = (values.len() as f32).sqrt() / square.sqrt().max(f32::MIN_POSITIVE);
        let levels: Vec<f32> = values.iter().map(|value| level(value * inverse, bits)).collect();
        let scale =
            square / values.iter().zip(&levels).map(|(a, b)| a * b).sum::<f32>().max(f32::MIN_POSITIVE);
        let mut decoded: Vec<f32> = levels.into_iter().map(|level| level * scale).collect();
        decoded.chunks_mut(ROTATED).for_each(hadamard);
        decoded.iter_mut().zip(&signs).for_each(|(value, sign)| *value *= sign);
        decoded
    };
    fdes.iter().map(of).collect()
}

fn level(value: f32, bits: usize) -> f32 {
    let above = SIXTEEN.windows(2).filter(|pair| value.abs() >= 0.5 * (pair[0] + pair[1])).count();
    let magnitude = if bits == 1 { 1.0 } else { SIXTEEN[above] };
    magnitude.copysign(value)
}

/// The orthonormal Walsh-Hadamard transform of a power of two of values; its own inverse.
fn hadamard(values: &mut [f32]) {
    let mut half = 1;
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            low.iter_mut().zip(high).for_each(|(a, b)| (*a, *b) = (*a + *b, *a - *b));
        }
        half *= 2;
    }
    let unit = 1.0 / (values.len() as f32).sqrt();
    values.iter_mut().for_each(|value| *value *= unit);
}
