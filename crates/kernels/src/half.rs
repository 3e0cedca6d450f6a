//! Half floats (IEEE 754 binary16, and bfloat16) in and out, one at a time.

use crate::scan::HalfFormat;

/// Widens little-endian half floats one by one.
pub(crate) fn one_by_one(bytes: &[u8], out: &mut [f32]) {
    let (halves, _) = bytes.as_chunks::<2>();
    for (out, &half) in out.iter_mut().zip(halves) {
        *out = f16_bits_to_f32(u16::from_le_bytes(half));
    }
}

/// The value of a half of either format.
#[inline]
pub(crate) fn widen(bits: u16, format: HalfFormat) -> f32 {
    match format {
        HalfFormat::F16 => f16_bits_to_f32(bits),
        HalfFormat::Bf16 => f32::from_bits(u32::from(bits) << 16),
    }
}

/// The value of one half float, exactly.
#[inline]
pub fn f16_bits_to_f32(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let magnitude = u32::from(bits & 0x7fff);
    let value = match magnitude >> 10 {
        // Zero and denormals count in steps of 2^-24.
        0 => (magnitude as f32 * f32::from_bits(0x3380_0000)).to_bits(),
        // Infinity and NaN keep their mantissa; a NaN becomes a quiet one, as in hardware.
        0x1f => 0x7f80_0000 | (magnitude & 0x3ff) << 13 | u32::from(magnitude > 0x7c00) << 22,
        // The exponent moves from bias 15 to bias 127.
        _ => (magnitude << 13) + (112 << 23),
    };
    f32::from_bits(sign | value)
}

/// The half float nearest to `value`, ties to even.
///
/// Values beyond ±65504 become ±65504: a finite value stays finite, and who must not lose it compares first.
/// NaN stays NaN.
pub fn f32_to_f16_bits(value: f32) -> u16 {
    let sign = ((value.to_bits() >> 16) & 0x8000) as u16;
    let magnitude = value.abs();
    let rounded = if value.is_nan() {
        0x7e00
    } else if magnitude >= 65_504.0 {
        0x7bff
    } else if magnitude < f32::from_bits(0x3880_0000) {
        // Below 2^-14 halves lie 2^-24 apart. Added to 0.5, whose own steps are 2^-24, the hardware rounds.
        (magnitude + 0.5).to_bits() - 0.5f32.to_bits()
    } else {
        let bits = magnitude.to_bits() - (112 << 23);
        // Half a step, less one bit unless the result would be odd: ties go to even.
        (bits + 0x0fff + ((bits >> 13) & 1)) >> 13
    };
    // At most 0x7e00.
    sign | rounded as u16
}
