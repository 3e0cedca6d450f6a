//! Bytes against bits: one value a bit of a document, eight bits a value of the query.

#![allow(unsafe_code)]

use crate::Isa;

/// Most values of [`dot_bits_i8`]: beyond, the sum might not fit 32 bits.
pub const MAX_DOT_BITS: usize = 1 << 23;

/// The sum of the query's values whose bit is set, exact. Bit `i` is bit `i % 8` of byte `i / 8`; what the unused
/// bits of the last byte hold does not matter.
///
/// With codes of one sign bit a value, the inner product `Σ ±query` is twice this sum less the sum of all values.
/// Cost: one pass over the query; 64 values a step on AVX-512.
///
/// # Panics
/// When there are not `query.len().div_ceil(8)` bytes of bits, or more than [`MAX_DOT_BITS`] values.
pub fn dot_bits_i8(isa: Isa, bits: &[u8], query: &[i8]) -> i32 {
    assert_eq!(bits.len(), query.len().div_ceil(8), "a bit for each value");
    assert!(query.len() <= MAX_DOT_BITS, "{} values: more than a 32-bit sum is sure to hold", query.len());
    match isa {
        Isa::Reference => reference(bits, query),
        Isa::Portable => portable(bits, query),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; lengths were checked above.
        Isa::Avx2(_) => unsafe { avx2(bits, query) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; lengths were checked above.
        Isa::Avx512(_) => unsafe { avx512(bits, query) },
    }
}

fn reference(bits: &[u8], query: &[i8]) -> i32 {
    let set = query.iter().enumerate().filter(|(i, _)| bits[i / 8] >> (i % 8) & 1 == 1);
    set.map(|(_, &value)| i32::from(value)).sum()
}

fn portable(bits: &[u8], query: &[i8]) -> i32 {
    let (eights, rest) = query.as_chunks::<8>();
    let mut lanes = [0i32; 8];
    for (&byte, values) in bits.iter().zip(eights) {
        for (j, (lane, &value)) in lanes.iter_mut().zip(values).enumerate() {
            *lane += i32::from(value) * i32::from(byte >> j & 1);
        }
    }
    lanes.iter().sum::<i32>() + reference(&bits[eights.len()..], rest)
}

/// # Safety
/// AVX2, and a byte of bits for each eight values, the last eight rounded up.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2(bits: &[u8], query: &[i8]) -> i32 {
    use std::arch::x86_64::*;
    const STEP: usize = 32;
    // Byte `j` of a lane looks at bit `j % 8` of byte `j / 8` of four bytes of bits.
    let spread = _mm256_setr_epi8(
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3,
    );
    let select = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64.cast_signed());
    let (byte_ones, pair_ones) = (_mm256_set1_epi8(1), _mm256_set1_epi16(1));
    let mut sums = _mm256_setzero_si256();
    let (words, _) = bits.as_chunks::<4>();
    let (steps, rest) = query.as_chunks::<STEP>();
    for (&word, values) in words.iter().zip(steps) {
        let mask = _mm256_shuffle_epi8(_mm256_set1_epi32(i32::from_le_bytes(word)), spread);
        let set = _mm256_cmpeq_epi8(_mm256_and_si256(mask, select), select);
        // SAFETY: a step has 32 values.
        let values = unsafe { _mm256_loadu_si256(values.as_ptr().cast()) };
        // Two products of at most 128 fit 16 bits.
        let pairs = _mm256_maddubs_epi16(_mm256_and_si256(set, byte_ones), values);
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, pair_ones));
    }
    let mut lanes = [0i32; 8];
    // SAFETY: room for eight sums.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
    lanes.iter().sum::<i32>() + reference(&bits[steps.len() * STEP / 8..], rest)
}

/// # Safety
/// AVX-512 F, BW and VNNI, and a byte of bits for each eight values, the last eight rounded up.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn avx512(bits: &[u8], query: &[i8]) -> i32 {
    use std::arch::x86_64::*;
    const STEP: usize = 64;
    let ones = _mm512_set1_epi8(1);
    let (words, _) = bits.as_chunks::<8>();
    let (steps, rest) = query.as_chunks::<STEP>();
    // Four sums, so that one addition need not wait for the one before.
    let mut sums = [_mm512_setzero_si512(); 4];
    for (step, (&word, values)) in words.iter().zip(steps).enumerate() {
        let set = _mm512_maskz_mov_epi8(u64::from_le_bytes(word), ones);
        // SAFETY: a step has 64 values.
        let values = unsafe { _mm512_loadu_si512(values.as_ptr().cast()) };
        sums[step % 4] = _mm512_dpbusd_epi32(sums[step % 4], set, values);
    }
    let [a, b, c, d] = sums;
    let sum = _mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d));
    _mm512_reduce_add_epi32(sum) + reference(&bits[steps.len() * STEP / 8..], rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_set_equals_the_reference(
            query in prop::collection::vec(any::<i8>(), 0..700),
            bits in prop::collection::vec(any::<u8>(), 700),
            at in 0usize..9,
        ) {
            let at = at.min(query.len());
            let query = &query[at..];
            let bits = &bits[at..][..query.len().div_ceil(8)];
            let expected: i32 = (0..query.len())
                .map(|i| if bits[i / 8] >> (i % 8) & 1 == 1 { i32::from(query[i]) } else { 0 })
                .sum();
            for isa in Isa::available() {
                prop_assert_eq!(dot_bits_i8(isa, bits, query), expected, "{}", isa.name());
            }
        }
    }

    #[test]
    fn the_largest_sums_are_exact() {
        let (bits, query) = (vec![255; MAX_DOT_BITS / 8], vec![i8::MIN; MAX_DOT_BITS]);
        for isa in Isa::available() {
            assert_eq!(dot_bits_i8(isa, &bits, &query), i32::MIN / 2, "{}", isa.name());
        }
    }
}
