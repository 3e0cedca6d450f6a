//! Dot products of two vectors.

#![allow(unsafe_code)]

use crate::Isa;
use crate::reference;
use crate::scan::Lanes;

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
        Isa::Portable => unsafe { in_lanes::<crate::arch::portable::Eight>(a, b) },
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

/// Independent sums, so that one addition need not wait for the one before.
const SUMS: usize = 4;

/// `Σ a·b` of equally long slices in `SUMS` vectors of lanes.
///
/// # Safety
/// As [`Lanes`].
#[inline(always)]
pub(crate) unsafe fn in_lanes<L: Lanes>(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: the set is the caller's; every load lies within the slices, which are equally long.
    unsafe {
        let mut sums = [L::splat(0.0); SUMS];
        let mut at = 0;
        while at + SUMS * L::NUM <= a.len() {
            for (s, sum) in sums.iter_mut().enumerate() {
                let here = at + s * L::NUM;
                *sum = L::load(a.as_ptr().add(here)).mul_add(L::load(b.as_ptr().add(here)), *sum);
            }
            at += SUMS * L::NUM;
        }
        while at + L::NUM <= a.len() {
            sums[0] = L::load(a.as_ptr().add(at)).mul_add(L::load(b.as_ptr().add(at)), sums[0]);
            at += L::NUM;
        }
        let mut lanes = [0.0; 16];
        sums[0].add(sums[1]).add(sums[2].add(sums[3])).store(lanes.as_mut_ptr());
        pairwise(&mut lanes) + reference::dot(&a[at..], &b[at..])
    }
}

/// The sum of a power of two of values, halves added to halves.
#[inline(always)]
fn pairwise(values: &mut [f32; 16]) -> f32 {
    let mut width = values.len() / 2;
    while width > 0 {
        for lane in 0..width {
            values[lane] += values[lane + width];
        }
        width /= 2;
    }
    values[0]
}
