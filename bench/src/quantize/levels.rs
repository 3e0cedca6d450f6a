//! Levels of the normal distribution in a random rotation: the library's codes without a mean, and codes of which a
//! few bits are read.

use super::rotation::Rotation;
use pleiad_vectors::MultiVector;

/// Lloyd and Max's levels of 4, 2 and 1 bits in deviations, those above zero.
const SIXTEEN: [f32; 8] = [0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733];
const FOUR: [f32; 2] = [0.4528, 1.510];
const TWO: [f32; 1] = [0.7979];

/// Means of normal magnitudes below and above the middle of sixteen levels, 1.0992.
const HALVES: [f32; 2] = [0.4968, 1.605];

/// A code of one width, with a scale of 16 bits a token: unbiased, as the library has it.
pub struct Levels {
    /// 1, 2 or 4.
    bits: usize,
    /// Codes values in four bits of which only the first are read.
    nested: bool,
    rotation: Rotation,
}

impl Levels {
    /// Levels of so many bits; `nested` reads them from a code of four.
    pub fn new(bits: usize, nested: bool, dim: usize) -> Self {
        Self { bits, nested, rotation: Rotation::new(dim) }
    }

    /// Returns the decoded value, in deviations.
    fn level(&self, value: f32) -> f32 {
        let magnitude = match (self.bits, self.nested) {
            (1, _) => TWO[0],
            (2, false) => FOUR[nearest(&FOUR, value)],
            (2, true) => HALVES[nearest(&SIXTEEN, value) / 4],
            _ => SIXTEEN[nearest(&SIXTEEN, value)],
        };
        magnitude.copysign(value)
    }

    /// Returns the decoded values of some tokens, and the bits of their codes.
    pub fn code(&self, tokens: &MultiVector) -> (Vec<f32>, usize) {
        let dim = tokens.dim();
        let mut values = self.rotation.forward(tokens);
        for row in values.chunks_exact_mut(dim) {
            let square: f32 = row.iter().map(|v| v * v).sum();
            let inverse = (dim as f32).sqrt() / square.sqrt().max(f32::MIN_POSITIVE);
            let levels: Vec<f32> = row.iter().map(|value| self.level(value * inverse)).collect();
            let product: f32 = row.iter().zip(&levels).map(|(a, b)| a * b).sum();
            let scale = if product > 0.0 { square / product } else { 0.0 };
            row.iter_mut().zip(levels).for_each(|(value, level)| *value = level * scale);
        }
        (self.rotation.backward(&values), (self.bits * dim + 16) * tokens.num_tokens())
    }
}

/// The number of the nearest level.
fn nearest(levels: &[f32], value: f32) -> usize {
    levels.windows(2).filter(|pair| value.abs() >= 0.5 * (pair[0] + pair[1])).count()
}
