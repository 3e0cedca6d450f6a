//! AVX-512: sixteen lanes, tiles of eight rows by two vectors.

use crate::half;
use crate::levels::{Halves, Levels};
use crate::scan::{Best, HalfFormat, Lanes, Pass, Tile, scan};
use crate::tile::ByteLanes;
use std::arch::x86_64::*;

/// Rows per tile: sixteen sums keep two units with four steps of latency busy.
const ROWS: usize = 8;

impl Lanes for __m512 {
    const NUM: usize = 16;
    const FUSES: bool = true;
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

/// `Σ a·b` of equally long slices.
///
/// # Safety
/// An [`Avx512`] must exist.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(crate) unsafe fn dot(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: the set is enabled here.
    unsafe { crate::lane_sums::dot::<__m512>(a, b) }
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
    half::one_by_one(rest, out_rest);
}

/// `Σ level·query` of both halves of each byte of codes.
///
/// Levels are multiplied with 128 added to each, and `128·Σ query` is summed beside them.
///
/// # Safety
/// An [`Avx512`] must exist; both halves of the query are whole blocks of 64 values that are no fewer than the codes.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
pub(crate) unsafe fn dot_nibbles(codes: &[u8], query: Halves<'_>) -> i32 {
    let middle = _mm512_set1_epi8(i8::MIN);
    let nibble = _mm512_set1_epi8(15);
    let (mut sums, mut offset) = ([_mm512_setzero_si512(); 2], [_mm512_setzero_si512(); 2]);
    // SAFETY: a table has sixteen bytes.
    let table = unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(query.table.as_ptr().cast())) };
    for (at, codes) in codes.chunks(64).enumerate() {
        // SAFETY: the mask lets only the codes be read, and each half has a whole block here.
        let (packed, low, high) = unsafe {
            (
                _mm512_maskz_loadu_epi8(u64::MAX >> (64 - codes.len()), codes.as_ptr().cast()),
                _mm512_loadu_si512(query.low.as_ptr().add(at * 64).cast()),
                _mm512_loadu_si512(query.high.as_ptr().add(at * 64).cast()),
            )
        };
        let lower = _mm512_shuffle_epi8(table, _mm512_and_si512(packed, nibble));
        let upper = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16::<4>(packed), nibble));
        sums[0] = _mm512_dpbusd_epi32(sums[0], lower, low);
        sums[1] = _mm512_dpbusd_epi32(sums[1], upper, high);
        offset[0] = _mm512_dpbusd_epi32(offset[0], middle, low);
        offset[1] = _mm512_dpbusd_epi32(offset[1], middle, high);
    }
    let sum = _mm512_add_epi32(sums[0], sums[1]);
    _mm512_reduce_add_epi32(_mm512_sub_epi32(sum, _mm512_add_epi32(offset[0], offset[1])))
}
