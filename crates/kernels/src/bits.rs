//! One bit per dimension: counts of differing signs, and signs against a query of bytes.

#![allow(unsafe_code)]

use crate::{Isa, MAX_DOT_BYTES, reference};

/// Number of bits in which two codes of signs differ.
///
/// With `d` dimensions the inner product of the signs is `d − 2·hamming`, as long as unused bits agree.
/// Cost: one pass over both.
///
/// # Panics
/// When the lengths differ.
pub fn hamming(isa: Isa, a: &[u8], b: &[u8]) -> u64 {
    assert_eq!(a.len(), b.len(), "codes of one length");
    match isa {
        Isa::Reference => reference::hamming(a, b),
        Isa::Portable => by_words(a, b),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx2(_) => unsafe { crate::arch::avx2::hamming(a, b) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(token) => unsafe { crate::arch::avx512::hamming(token, a, b) },
    }
}

/// `Σ ±query`: the inner product of `i8` values with signs, of which bit 0 of byte 0 is the first and a set bit
/// is plus. Exact.
///
/// Unlike [`hamming`], only the stored side has lost its magnitudes. Cost: one pass.
///
/// # Panics
/// When `signs` does not hold one bit per value, rounded up to bytes, or there are more than [`MAX_DOT_BYTES`]
/// values.
pub fn dot_signs_i8(isa: Isa, signs: &[u8], query: &[i8]) -> i32 {
    assert_eq!(signs.len(), query.len().div_ceil(8), "one bit per value");
    assert!(query.len() <= MAX_DOT_BYTES, "{} values: more than a 32-bit sum is sure to hold", query.len());
    match isa {
        Isa::Reference | Isa::Portable => reference::dot_signs_i8(signs, query),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx2(_) => unsafe { crate::arch::avx2::dot_signs_i8(signs, query) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(_) => unsafe { crate::arch::avx512::dot_signs_i8(signs, query) },
    }
}

/// Eight bytes at a time.
#[inline(always)]
pub(crate) fn by_words(a: &[u8], b: &[u8]) -> u64 {
    let ((a_words, a_rest), (b_words, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let words = a_words.iter().zip(b_words).map(|(&a, &b)| u64::from_ne_bytes(a) ^ u64::from_ne_bytes(b));
    words.map(|word| u64::from(word.count_ones())).sum::<u64>() + reference::hamming(a_rest, b_rest)
}
