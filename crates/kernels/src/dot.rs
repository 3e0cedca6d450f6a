//! Dot products of two vectors.

#![allow(unsafe_code)]

use crate::{Isa, lane_sums, reference};

/// Longest operands of [`dot_u8_i8`]: beyond, the sum might not fit 32 bits.
pub const MAX_DOT_BYTES: usize = 1 << 16;

/// `Σ a·b`.
///
/// Wide sets sum in several lanes, so their rounding differs from a sum in order: it stays within
/// `len · 2⁻²⁴ · Σ|a·b|` of the exact value, as every order of summation does (Higham, *Accuracy and Stability
/// of Numerical Algorithms*, §3.1). Cost: one pass.
///
/// # Panics
/// When the lengths differ.
pub fn dot(isa: Isa, a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "a dot product needs vectors of one length");
    match isa {
        Isa::Reference => reference::dot(a, b),
        // SAFETY: arrays of eight need no instruction set.
        Isa::Portable => unsafe { lane_sums::dot::<crate::arch::portable::Eight>(a, b) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { crate::arch::avx2::dot(a, b) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { crate::arch::avx512::dot(a, b) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set.
        Isa::Neon(_) | Isa::Dotprod(_) => unsafe { crate::arch::neon::dot(a, b) },
    }
}

/// `Σ (code − 128)·query`, exact: the inner product of two `i8` vectors, one stored as `i8 + 128`.
///
/// Cost: one pass; the bytes are multiplied four at a time on AVX-512 and where NEON can.
///
/// # Panics
/// When the lengths differ or exceed [`MAX_DOT_BYTES`].
pub fn dot_u8_i8(isa: Isa, codes: &[u8], query: &[i8]) -> i32 {
    assert_eq!(codes.len(), query.len(), "a dot product needs vectors of one length");
    assert!(codes.len() <= MAX_DOT_BYTES, "{} codes: more than a 32-bit sum is sure to hold", codes.len());
    match isa {
        Isa::Reference | Isa::Portable => reference::dot_u8_i8(codes, query),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { crate::arch::avx2::dot_u8_i8(codes, query) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { crate::arch::avx512::dot_u8_i8(codes, query) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set.
        Isa::Neon(_) => unsafe { crate::arch::neon::dot_u8_i8(codes, query) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set.
        Isa::Dotprod(_) => unsafe { crate::arch::neon::dot_u8_i8_in_fours(codes, query) },
    }
}

/// Most values of [`dot_bits_i8`]: beyond, the sum might not fit 32 bits.
pub const MAX_DOT_BITS: usize = 1 << 23;

/// The sum of the query's values whose bit is set, exact. Bit `i` is bit `i % 8` of byte `i / 8`; what the unused
/// bits of the last byte hold does not matter.
///
/// With codes of one sign bit a value, the inner product `Σ ±query` is twice this sum less the sum of all values,
/// which is the same for every code. Only the stored side has lost its magnitudes.
/// Cost: one pass over the query; 64 values a step on AVX-512.
///
/// # Panics
/// When there are not `query.len().div_ceil(8)` bytes of bits, or more than [`MAX_DOT_BITS`] values.
pub fn dot_bits_i8(isa: Isa, bits: &[u8], query: &[i8]) -> i32 {
    assert_eq!(bits.len(), query.len().div_ceil(8), "a bit for each value");
    assert!(query.len() <= MAX_DOT_BITS, "{} values: more than a 32-bit sum is sure to hold", query.len());
    match isa {
        Isa::Reference => reference::dot_bits_i8(bits, query),
        Isa::Portable => bits_by_eights(bits, query),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { crate::arch::avx2::dot_bits_i8(bits, query) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { crate::arch::avx512::dot_bits_i8(bits, query) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set.
        Isa::Neon(_) | Isa::Dotprod(_) => unsafe { crate::arch::neon::dot_bits_i8(bits, query) },
    }
}

/// A sum per bit of a byte.
fn bits_by_eights(bits: &[u8], query: &[i8]) -> i32 {
    let (eights, rest) = query.as_chunks::<8>();
    let mut lanes = [0i32; 8];
    for (&byte, values) in bits.iter().zip(eights) {
        for (j, (lane, &value)) in lanes.iter_mut().zip(values).enumerate() {
            *lane += i32::from(value) * i32::from(byte >> j & 1);
        }
    }
    lanes.iter().sum::<i32>() + reference::dot_bits_i8(&bits[eights.len()..], rest)
}
