use crate::support::{Numbers, config, kinds};
use pleiad_kernels::{Isa, f16_bits_to_f32, f16_to_f32, f32_to_f16_bits};
use proptest::prelude::*;

on_every_isa!(every_half_widens_exactly);

/// By the definition of binary16.
fn by_definition(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + mantissa / 1024.0) * 2f64.powi(exponent - 15),
    };
    (sign * magnitude) as f32
}

fn every_half_widens_exactly(isa: Isa) {
    let all: Vec<u16> = (0..=u16::MAX).collect();
    // Odd starts and odd lengths: every value meets the wide loop and the tail.
    for halves in [&all[..], &all[1..], &all[..1], &all[3..36]] {
        let mut bytes = vec![0];
        bytes.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
        let mut out = vec![0.0; halves.len()];
        f16_to_f32(isa, &bytes[1..], &mut out);
        for (&half, value) in halves.iter().zip(out) {
            let expected = by_definition(half);
            let equal = value.to_bits() == expected.to_bits() || (value.is_nan() && expected.is_nan());
            assert!(equal, "{half:#06x}: {value} instead of {expected}");
        }
    }
}

#[test]
fn every_half_survives_the_way_there_and_back() {
    for bits in 0..=u16::MAX {
        let value = f16_bits_to_f32(bits);
        let back = f32_to_f16_bits(value);
        match value {
            v if v.is_nan() => assert!(f16_bits_to_f32(back).is_nan()),
            v if v.is_infinite() => assert_eq!(f16_bits_to_f32(back), 65_504f32.copysign(v)),
            _ => assert_eq!(back, bits),
        }
    }
}

#[test]
fn halfway_goes_to_even_and_beyond_the_largest_is_the_largest() {
    for lower in (0..0x7bffu16).chain(0x8000..0xfbff) {
        let between = f64::midpoint(f64::from(f16_bits_to_f32(lower)), f64::from(f16_bits_to_f32(lower + 1)));
        let between = between as f32; // exact: one bit more than a half has
        assert_eq!(f32_to_f16_bits(between), lower + lower % 2, "{lower:#06x}");
        let (inward, outward) = (between.to_bits() - 1, between.to_bits() + 1);
        assert_eq!(f32_to_f16_bits(f32::from_bits(inward)), lower);
        assert_eq!(f32_to_f16_bits(f32::from_bits(outward)), lower + 1);
    }
    for value in [65_504.0, 65_519.9, 65_520.0, 1e30, f32::MAX, f32::INFINITY] {
        assert_eq!(f32_to_f16_bits(value), 0x7bff);
        assert_eq!(f32_to_f16_bits(-value), 0xfbff);
    }
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn no_half_is_nearer(kind in kinds(), seed in any::<u64>()) {
        let value = Numbers(seed).value(kind);
        let chosen = f32_to_f16_bits(value);
        let error = |bits: u16| (f64::from(f16_bits_to_f32(bits)) - f64::from(value)).abs();
        for other in [chosen.wrapping_sub(1), chosen.wrapping_add(1)] {
            prop_assert!(!f16_bits_to_f32(other).is_finite() || error(chosen) <= error(other));
        }
    }
}
