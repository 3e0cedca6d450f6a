//! AVX-512: sixteen lanes, tiles of eight rows by two vectors.

use crate::f16;
use crate::levels::Levels;
use crate::scan::{Best, HalfFormat, Lanes, Pass, Tile, scan};
use crate::tile::{ByteLanes, Nearest, SignLanes, SignTile, scan_signs};
use std::arch::x86_64::*;

/// Rows per tile: sixteen sums keep two units with four steps of latency busy.
const ROWS: usize = 8;

/// Rows per tile of signs: few, so that all words of a usual query stay in registers (eight rows are a fifth slower).
const SIGN_ROWS: usize = 2;

/// The permission to run AVX-512 F, BW, DQ, VL and VNNI, given by detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Avx512 {
    /// True where the machine also has VPOPCNTDQ.
    counts_bits: bool,
    /// True where pairs of bfloat16 are multiplied faster than `f32`.
    multiplies_pairs: bool,
}

impl Avx512 {
    /// The permission, if this machine has all of them, and AVX2 and FMA, as every such machine does.
    pub(crate) fn detect() -> Option<Self> {
        let detected = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma");
        detected.then(|| Self {
            counts_bits: is_x86_feature_detected!("avx512vpopcntdq"),
            multiplies_pairs: super::avx512_bf16::detect(),
        })
    }

    /// True where pairs of bfloat16 are multiplied faster than `f32`.
    pub(crate) fn multiplies_pairs(self) -> bool {
        self.multiplies_pairs
    }
}

impl Lanes for __m512 {
    const NUM: usize = 16;
    type Rows = __m512i;
    type Sums = Sums;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: of the instruction set here and below, as `Lanes` asks.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for sixteen values.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8, format: HalfFormat) -> Self {
        // SAFETY: the caller vouches for sixteen halves.
        unsafe {
            let halves = _mm256_loadu_si256(from.cast());
            match format {
                HalfFormat::F16 => _mm512_cvtph_ps(halves),
                HalfFormat::Bf16 => {
                    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(halves)))
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for room for sixteen values.
        unsafe { _mm512_storeu_ps(to, self) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, other: Self, sum: Self) -> Self {
        // SAFETY: the set.
        unsafe { _mm512_fmadd_ps(self, other, sum) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe { _mm512_mul_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe { _mm512_add_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe { _mm512_max_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn first_rows() -> __m512i {
        // SAFETY: the set.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    unsafe fn keep_larger(self, row: u32, best: Self, rows: __m512i) -> (Self, __m512i) {
        // SAFETY: the set.
        unsafe {
            let larger = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self, best);
            let rows = _mm512_mask_set1_epi32(rows, larger, row.cast_signed());
            (_mm512_mask_mov_ps(best, larger, self), rows)
        }
    }

    #[inline(always)]
    unsafe fn store_rows(rows: __m512i, to: *mut u32) {
        // SAFETY: the caller vouches for room for sixteen rows.
        unsafe { _mm512_storeu_si512(to.cast(), rows) }
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        // SAFETY: a prefetch reads nothing that the program sees and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
}

/// Sixteen sums of products of bytes.
#[derive(Clone, Copy)]
pub(crate) struct Sums(__m512i);

impl ByteLanes for Sums {
    type Lanes = __m512;
    type Codes = __m512i;

    #[inline(always)]
    unsafe fn start(offsets: *const i32) -> Self {
        // SAFETY: the caller vouches for sixteen offsets.
        Self(unsafe { _mm512_loadu_si512(offsets.cast()) })
    }

    #[inline(always)]
    unsafe fn codes(four: u32) -> __m512i {
        // SAFETY: the set.
        unsafe { _mm512_set1_epi32(four.cast_signed()) }
    }

    #[inline(always)]
    unsafe fn add_products(self, query: *const i8, codes: __m512i) -> Self {
        // SAFETY: the caller vouches for 64 values.
        Self(unsafe { _mm512_dpbusd_epi32(self.0, codes, _mm512_loadu_si512(query.cast())) })
    }

    #[inline(always)]
    unsafe fn spread<const BITS: usize>(
        from: *const u8,
        len: usize,
        levels: &Levels,
        to: *mut u8,
        plane: usize,
    ) {
        // SAFETY: the caller vouches for `len <= 64` bytes, no others are read, and for room in every plane.
        unsafe {
            let packed = _mm512_maskz_loadu_epi8(u64::MAX >> (64 - len), from.cast());
            let table = _mm512_broadcast_i32x4(_mm_loadu_si128(levels.table().as_ptr().cast()));
            let mask = _mm512_set1_epi8(levels.mask().cast_signed());
            for p in 0..8 / BITS {
                let shifted = _mm512_srl_epi16(packed, _mm_cvtsi32_si128((p * BITS) as i32));
                let bytes = _mm512_shuffle_epi8(table, _mm512_and_si512(shifted, mask));
                _mm512_storeu_si512(to.add(p * plane).cast(), bytes);
            }
        }
    }

    #[inline(always)]
    unsafe fn to_f32(self) -> __m512 {
        // SAFETY: the set.
        unsafe { _mm512_cvtepi32_ps(self.0) }
    }
}

/// One pass of [`scan`].
///
/// # Safety
/// As [`scan`]; an [`Avx512`] must exist.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(super) unsafe fn run(tile: impl Tile, pass: Pass, best: &mut Best) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { scan::<__m512, ROWS>(tile, pass, best) }
}

/// Sixteen counts, for VPOPCNTDQ.
#[derive(Clone, Copy)]
struct Counts(__m512i);

impl SignLanes for Counts {
    const NUM: usize = 16;
    type Counts = Self;

    #[inline(always)]
    unsafe fn splat(value: u32) -> Self {
        // SAFETY: of the instruction set here and below, as `SignLanes` asks.
        Self(unsafe { _mm512_set1_epi32(value.cast_signed()) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut u32) {
        // SAFETY: the caller vouches for room for sixteen counts.
        unsafe { _mm512_storeu_si512(to.cast(), self.0) }
    }

    #[inline(always)]
    unsafe fn none() -> Self {
        // SAFETY: the set.
        Self(unsafe { _mm512_setzero_si512() })
    }

    #[inline(always)]
    unsafe fn add_differing(counts: Self, query: *const u32, word: u32) -> Self {
        // SAFETY: the caller vouches for sixteen words.
        unsafe {
            let word = _mm512_set1_epi32(word.cast_signed());
            let differing = _mm512_xor_si512(word, _mm512_loadu_si512(query.cast()));
            Self(_mm512_add_epi32(counts.0, _mm512_popcnt_epi32(differing)))
        }
    }

    #[inline(always)]
    unsafe fn add_total(self, counts: Self) -> Self {
        // SAFETY: the set.
        Self(unsafe { _mm512_add_epi32(self.0, counts.0) })
    }

    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: the set.
        Self(unsafe { _mm512_min_epu32(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn keep_smaller(self, row: u32, fewest: Self, rows: Self) -> (Self, Self) {
        // SAFETY: the set.
        unsafe {
            let smaller = _mm512_cmplt_epu32_mask(self.0, fewest.0);
            let rows = _mm512_mask_set1_epi32(rows.0, smaller, row.cast_signed());
            (self.min(fewest), Self(rows))
        }
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        // SAFETY: the set; a prefetch may ask for any address.
        unsafe { <__m512 as Lanes>::prefetch(at) }
    }
}

/// One pass of [`scan_signs`].
///
/// # Safety
/// As [`scan_signs`]; the token must have come from detection, as all do.
pub(super) unsafe fn run_signs(token: Avx512, tile: SignTile, pass: Pass, nearest: &mut Nearest) {
    if token.counts_bits {
        // SAFETY: the token says that VPOPCNTDQ was detected; the rest is the caller's.
        unsafe { run_signs_counted(tile, pass, nearest) }
    } else {
        // SAFETY: whoever has AVX-512 has AVX2, whose vectors fill any group; the rest is the caller's.
        unsafe { super::avx2::run_signs(tile, pass, nearest) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,avx512vpopcntdq")]
unsafe fn run_signs_counted(tile: SignTile, pass: Pass, nearest: &mut Nearest) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { scan_signs::<Counts, SIGN_ROWS>(tile, pass, nearest) }
}

/// `Σ a·b` of equally long slices.
///
/// # Safety
/// An [`Avx512`] must exist.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(crate) unsafe fn dot(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: the set is enabled here.
    unsafe { crate::dot::in_lanes::<__m512>(a, b) }
}

/// `Σ (code − 128)·query` of equally long slices of at most [`crate::MAX_DOT_BYTES`].
///
/// Codes are multiplied as they are and `128·Σ query` is summed beside them.
///
/// # Safety
/// An [`Avx512`] must exist.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(crate) unsafe fn dot_u8_i8(codes: &[u8], query: &[i8]) -> i32 {
    let (code_blocks, code_rest) = codes.as_chunks::<64>();
    let (query_blocks, query_rest) = query.as_chunks::<64>();
    let middle = _mm512_set1_epi8(i8::MIN);
    let (mut sums, mut offset) = (_mm512_setzero_si512(), _mm512_setzero_si512());
    for (codes, query) in code_blocks.iter().zip(query_blocks) {
        // SAFETY: both blocks are 64 bytes long.
        let (codes, query) =
            unsafe { (_mm512_loadu_si512(codes.as_ptr().cast()), _mm512_loadu_si512(query.as_ptr().cast())) };
        sums = _mm512_dpbusd_epi32(sums, codes, query);
        offset = _mm512_dpbusd_epi32(offset, middle, query);
    }
    _mm512_reduce_add_epi32(_mm512_sub_epi32(sums, offset))
        + crate::reference::dot_u8_i8(code_rest, query_rest)
}

/// Bits in which equally long slices differ.
///
/// # Safety
/// The token must have come from detection, as all do.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(crate) unsafe fn hamming(token: Avx512, a: &[u8], b: &[u8]) -> u64 {
    if token.counts_bits {
        // SAFETY: the token says that VPOPCNTDQ was detected.
        unsafe { hamming_counted(a, b) }
    } else {
        // SAFETY: whoever has AVX-512 has AVX2.
        unsafe { super::avx2::hamming(a, b) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,avx512vpopcntdq")]
fn hamming_counted(a: &[u8], b: &[u8]) -> u64 {
    let ((a_blocks, a_rest), (b_blocks, b_rest)) = (a.as_chunks::<64>(), b.as_chunks::<64>());
    let mut sums = _mm512_setzero_si512();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        // SAFETY: both blocks are 64 bytes long.
        let (a, b) =
            unsafe { (_mm512_loadu_si512(a.as_ptr().cast()), _mm512_loadu_si512(b.as_ptr().cast())) };
        sums = _mm512_add_epi64(sums, _mm512_popcnt_epi64(_mm512_xor_si512(a, b)));
    }
    _mm512_reduce_add_epi64(sums).cast_unsigned() + crate::bits::by_words(a_rest, b_rest)
}

/// `Σ query` where the bit is set; a byte of bits for each eight values, the last eight rounded up.
///
/// # Safety
/// An [`Avx512`] must exist.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(crate) unsafe fn dot_bits_i8(bits: &[u8], query: &[i8]) -> i32 {
    let (blocks, rest) = query.as_chunks::<256>();
    let (bit_blocks, bit_rest) = bits.split_at(blocks.len() * 32);
    let mut sums = [_mm512_setzero_si512(); 4];
    for (values, bits) in blocks.iter().zip(bit_blocks.as_chunks::<32>().0) {
        let parts = values.as_chunks::<64>().0.iter().zip(bits.as_chunks::<8>().0);
        // Four sums, so that one addition need not wait for the one before.
        for (sum, (values, &word)) in sums.iter_mut().zip(parts) {
            *sum = add_set(*sum, word, values);
        }
    }
    let (blocks, rest) = rest.as_chunks::<64>();
    let (bit_blocks, bit_rest) = bit_rest.split_at(blocks.len() * 8);
    for (values, &word) in blocks.iter().zip(bit_blocks.as_chunks::<8>().0) {
        sums[0] = add_set(sums[0], word, values);
    }
    let [a, b, c, d] = sums;
    let sum = _mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d));
    _mm512_reduce_add_epi32(sum) + crate::reference::dot_bits_i8(bit_rest, rest)
}

/// Adds the values whose bit is set, four to a lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
fn add_set(sum: __m512i, bits: [u8; 8], values: &[i8; 64]) -> __m512i {
    let set = _mm512_maskz_mov_epi8(u64::from_le_bytes(bits), _mm512_set1_epi8(1));
    // SAFETY: there are 64 values.
    _mm512_dpbusd_epi32(sum, set, unsafe { _mm512_loadu_si512(values.as_ptr().cast()) })
}

/// Widens little-endian half floats; `bytes` is twice as long as `out`.
///
/// # Safety
/// An [`Avx512`] must exist.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(crate) unsafe fn f16_to_f32(bytes: &[u8], out: &mut [f32]) {
    let (blocks, rest) = bytes.as_chunks::<32>();
    let (out_blocks, out_rest) = out.as_chunks_mut::<16>();
    for (block, out) in blocks.iter().zip(out_blocks) {
        // SAFETY: a block is 32 bytes long, its place in `out` sixteen values.
        unsafe {
            let halves = _mm256_loadu_si256(block.as_ptr().cast());
            _mm512_storeu_ps(out.as_mut_ptr(), _mm512_cvtph_ps(halves));
        }
    }
    f16::one_by_one(rest, out_rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Isa, SignPanel};

    /// Some machines have AVX-512 without VPOPCNTDQ; this one may have both.
    #[test]
    fn signs_are_counted_without_vpopcntdq() {
        let Some(token) = Avx512::detect() else { return };
        let without = Isa::Avx512(Avx512 { counts_bits: false, ..token });
        let rows: Vec<u8> = (0..=255).map(|k: u8| k.wrapping_mul(167) ^ k >> 3).collect();
        for (num_tokens, dim) in [(33, 128), (16, 1024), (5, 64), (1, 32)] {
            let query: Vec<f32> = (0..num_tokens * dim).map(|k| (k as f32 * 1.7).sin()).collect();
            let [found, expected] = [without, Isa::Reference].map(|isa| {
                let mut matches = vec![(0, 0.0); num_tokens];
                SignPanel::new(isa, &query, dim).matches(&rows, &mut matches);
                matches
            });
            assert_eq!(found, expected);
        }
    }
}
