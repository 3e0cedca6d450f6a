//! Whole steps of one scale: the arithmetic that tokens and encodings share.

/// Below this a scale cannot be divided by with full precision: such vectors become zero.
const SMALLEST_SCALE: f32 = 1e-30;

/// Largest magnitude of an int8 code; −128 is left out, so that codes are symmetric.
const MAX_STEPS: f32 = 127.0;

/// Magnitude of the outermost of sixteen levels.
const OUTER_LEVEL: f32 = 7.5;

/// Zero point of int8 codes.
const ZERO: f32 = 128.0;

/// Largest magnitude of a slice.
pub(super) fn max_magnitude(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |max, value| max.max(value.abs()))
}

/// The smallest bfloat16 not below a finite, non-negative value.
pub(super) fn bf16_not_below(value: f32) -> u16 {
    // At most one above the top half of a finite value: the caller keeps far from infinity.
    value.to_bits().div_ceil(1 << 16) as u16
}

/// The bfloat16 nearest to a finite value, ties upwards.
pub(super) fn bf16_nearest(value: f32) -> u16 {
    ((value.to_bits() + (1 << 15)) >> 16) as u16
}

/// The value of a bfloat16.
pub(super) fn bf16_to_f32(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The scale for which the largest magnitude is the last int8 step; zero for (nearly) zero vectors.
pub(super) fn int8_scale(values: &[f32]) -> f32 {
    at_least_smallest(max_magnitude(values) / MAX_STEPS)
}

fn at_least_smallest(scale: f32) -> f32 {
    if scale < SMALLEST_SCALE { 0.0 } else { scale }
}

/// Appends `128 + round(value / scale)`; 128 throughout for a scale of zero.
/// Every magnitude must be at most 127 scales, up to rounding.
pub(super) fn push_int8(values: &[f32], scale: f32, codes: &mut Vec<u8>) {
    let inverse = inverse(scale);
    // Positive before it is cut off, so cutting off rounds to the nearest; both ends are within 0.5 of a code.
    codes.extend(values.iter().map(|value| (value * inverse + (ZERO + 0.5)) as i32 as u8));
}

fn inverse(scale: f32) -> f32 {
    if scale > 0.0 { 1.0 / scale } else { 0.0 }
}

/// Number of alternating fits: a third changes the error by less than one per cent.
const FITS: usize = 3;

/// The scale of sixteen levels `±0.5, ±1.5 … ±7.5` that fits by least squares, found by alternating the nearest
/// levels and the best scale for them (Lloyd, 1982, with equal steps); zero for (nearly) zero vectors.
pub(super) fn int4_scale(values: &[f32]) -> f32 {
    let mut scale = at_least_smallest(max_magnitude(values) / OUTER_LEVEL);
    for _ in 0..FITS {
        let inverse = inverse(scale);
        let (mut product, mut square) = (0.0, 0.0);
        for &value in values {
            let level = f32::from(nearest_level(value * inverse)) - OUTER_LEVEL;
            product += level * value;
            square += level * level;
        }
        scale = at_least_smallest(product / square);
    }
    scale
}

/// Code of the level nearest to a value in scales.
fn nearest_level(value: f32) -> u8 {
    (value + 8.0).clamp(0.0, 15.0) as u8
}

/// Appends two codes a byte, the first in the low half; a missing last one is level 8.
pub(super) fn push_int4(values: &[f32], scale: f32, codes: &mut Vec<u8>) {
    let inverse = inverse(scale);
    let code = |value: &f32| nearest_level(value * inverse);
    codes.extend(values.chunks(2).map(|pair| code(&pair[0]) | pair.get(1).map_or(8, code) << 4));
}

/// Values of int8 codes.
pub(super) fn read_int8(codes: &[u8], scale: f32, out: &mut [f32]) {
    for (out, &code) in out.iter_mut().zip(codes) {
        *out = (f32::from(code) - ZERO) * scale;
    }
}

/// Values of int4 codes, as many as `out` holds.
pub(super) fn read_int4(codes: &[u8], scale: f32, out: &mut [f32]) {
    let value = |code: u8| (f32::from(code) - OUTER_LEVEL) * scale;
    let (pairs, last) = out.as_chunks_mut::<2>();
    for (pair, &code) in pairs.iter_mut().zip(codes) {
        *pair = [value(code & 15), value(code >> 4)];
    }
    if let ([last], Some(code)) = (last, codes.last()) {
        *last = value(code & 15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bfloat16_rounds_as_it_says() {
        for value in [0.0, 1.0, 1.0 + f32::EPSILON, 3.1, 1e-38, 1e15] {
            let (above, nearest) = (bf16_to_f32(bf16_not_below(value)), bf16_to_f32(bf16_nearest(value)));
            assert!(
                above >= value && above <= value * (1.0 + 1.0 / 128.0) + f32::MIN_POSITIVE,
                "{value} {above}"
            );
            assert!((nearest - value).abs() <= value / 256.0 + f32::MIN_POSITIVE, "{value} {nearest}");
        }
    }

    fn error(values: &[f32], scale: f32) -> f64 {
        let (mut codes, mut read) = (Vec::new(), vec![0.0; values.len()]);
        push_int4(values, scale, &mut codes);
        read_int4(&codes, scale, &mut read);
        values.iter().zip(&read).map(|(a, b)| f64::from(a - b).powi(2)).sum()
    }

    proptest! {
        #[test]
        fn the_fitted_scale_beats_the_widest(values in prop::collection::vec(-1.0f32..1.0, 1..200)) {
            let widest = max_magnitude(&values) / OUTER_LEVEL;
            prop_assert!(error(&values, int4_scale(&values)) <= error(&values, widest) * 1.0001 + 1e-12);
        }
    }
}
