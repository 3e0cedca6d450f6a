//! AVX2 with FMA and F16C: eight lanes, tiles of six rows by two vectors.

use crate::f16;
use crate::levels::{BLOCK_BYTES, Levels};
use crate::scan::{Best, HalfFormat, Lanes, Pass, Tile, scan};
use crate::tile::ByteLanes;
use std::arch::x86_64::*;

/// Rows per tile: 12 sums, 2 vectors of the query and a value fill 15 of 16 registers.
const ROWS: usize = 6;

/// The permission to run AVX2, FMA and F16C, given by detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Avx2(());

impl Avx2 {
    /// The permission, if this machine has all three.
    pub(crate) fn detect() -> Option<Self> {
        let detected = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c");
        detected.then_some(Self(()))
    }
}

impl Lanes for __m256 {
    const NUM: usize = 8;
    type Rows = __m256i;
    type Sums = Sums;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: of the instruction set here and below, as `Lanes` asks.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight values.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8, format: HalfFormat) -> Self {
        // SAFETY: the caller vouches for eight halves.
        unsafe {
            let halves = _mm_loadu_si128(from.cast());
            match format {
                HalfFormat::F16 => _mm256_cvtph_ps(halves),
                HalfFormat::Bf16 => {
                    _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(halves)))
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for room for eight values.
        unsafe { _mm256_storeu_ps(to, self) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, other: Self, sum: Self) -> Self {
        // SAFETY: the set.
        unsafe { _mm256_fmadd_ps(self, other, sum) }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe { _mm256_mul_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe { _mm256_add_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe { _mm256_max_ps(self, other) }
    }

    #[inline(always)]
    unsafe fn first_rows() -> __m256i {
        // SAFETY: the set.
        unsafe { _mm256_setzero_si256() }
    }

    #[inline(always)]
    unsafe fn keep_larger(self, row: u32, best: Self, rows: __m256i) -> (Self, __m256i) {
        // SAFETY: the set.
        unsafe {
            let larger = _mm256_cmp_ps::<_CMP_GT_OQ>(self, best);
            let row = _mm256_set1_epi32(row.cast_signed());
            let rows = _mm256_blendv_epi8(rows, row, _mm256_castps_si256(larger));
            (_mm256_blendv_ps(best, self, larger), rows)
        }
    }

    #[inline(always)]
    unsafe fn store_rows(rows: __m256i, to: *mut u32) {
        // SAFETY: the caller vouches for room for eight rows.
        unsafe { _mm256_storeu_si256(to.cast(), rows) }
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        // SAFETY: a prefetch reads nothing that the program sees and never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }
}

/// Eight sums of products of bytes.
#[derive(Clone, Copy)]
pub(crate) struct Sums(__m256i);

impl ByteLanes for Sums {
    type Lanes = __m256;
    /// The codes less 128, and their magnitudes.
    type Codes = (__m256i, __m256i);

    #[inline(always)]
    unsafe fn start(_offsets: *const i32) -> Self {
        // SAFETY: the set.
        Self(unsafe { _mm256_setzero_si256() })
    }

    #[inline(always)]
    unsafe fn codes(four: u32) -> Self::Codes {
        // SAFETY: the set.
        unsafe {
            let codes = _mm256_set1_epi32((four ^ 0x8080_8080).cast_signed());
            (codes, _mm256_abs_epi8(codes))
        }
    }

    /// `|code| · (query with the sign of the code)`: two such products are at most 2 · 128 · 127 and so fit
    /// the 16 bits that `maddubs` saturates at. The panel holds no −128, whose negative would not fit a byte.
    #[inline(always)]
    unsafe fn add_products(self, query: *const i8, (codes, magnitudes): Self::Codes) -> Self {
        // SAFETY: the caller vouches for 32 values.
        unsafe {
            let query = _mm256_loadu_si256(query.cast());
            let pairs = _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(query, codes));
            let quads = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
            Self(_mm256_add_epi32(self.0, quads))
        }
    }

    #[inline(always)]
    unsafe fn spread(from: *const u8, len: usize, levels: &Levels, to: &mut [u8; 8 * BLOCK_BYTES]) {
        let mut bytes = [0u8; BLOCK_BYTES];
        // SAFETY: the caller vouches for `len <= BLOCK_BYTES` bytes; `to` has that many per plane.
        unsafe {
            from.copy_to_nonoverlapping(bytes.as_mut_ptr(), len);
            let table = _mm256_broadcastsi128_si256(_mm_loadu_si128(levels.table().as_ptr().cast()));
            let mask = _mm256_set1_epi8(levels.mask().cast_signed());
            for half in 0..2 {
                let packed = _mm256_loadu_si256(bytes.as_ptr().add(half * 32).cast());
                for plane in 0..levels.num_planes() {
                    let shift = _mm_cvtsi32_si128((plane * levels.bits()) as i32);
                    let codes = _mm256_and_si256(_mm256_srl_epi16(packed, shift), mask);
                    let to = to.as_mut_ptr().add(plane * BLOCK_BYTES + half * 32);
                    _mm256_storeu_si256(to.cast(), _mm256_shuffle_epi8(table, codes));
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn to_f32(self) -> __m256 {
        // SAFETY: the set.
        unsafe { _mm256_cvtepi32_ps(self.0) }
    }
}

/// One pass of [`scan`].
///
/// # Safety
/// As [`scan`]; an [`Avx2`] must exist.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn run(tile: impl Tile, pass: Pass, best: &mut Best) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { scan::<__m256, ROWS>(tile, pass, best) }
}

/// `Σ a·b` of equally long slices.
///
/// # Safety
/// An [`Avx2`] must exist.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) unsafe fn dot(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: the set is enabled here.
    unsafe { crate::dot::in_lanes::<__m256>(a, b) }
}

/// `Σ (code − 128)·query` of equally long slices of at most [`crate::MAX_DOT_BYTES`].
///
/// # Safety
/// An [`Avx2`] must exist.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) unsafe fn dot_u8_i8(codes: &[u8], query: &[i8]) -> i32 {
    let (code_blocks, code_rest) = codes.as_chunks::<16>();
    let (query_blocks, query_rest) = query.as_chunks::<16>();
    let middle = _mm256_set1_epi16(128);
    let mut sums = _mm256_setzero_si256();
    for (codes, query) in code_blocks.iter().zip(query_blocks) {
        // SAFETY: both blocks are 16 bytes long.
        let (codes, query) =
            unsafe { (_mm_loadu_si128(codes.as_ptr().cast()), _mm_loadu_si128(query.as_ptr().cast())) };
        let codes = _mm256_sub_epi16(_mm256_cvtepu8_epi16(codes), middle);
        let products = _mm256_madd_epi16(codes, _mm256_cvtepi8_epi16(query));
        sums = _mm256_add_epi32(sums, products);
    }
    let mut lanes = [0i32; 8];
    // SAFETY: `lanes` is 32 bytes long.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
    lanes.iter().sum::<i32>() + crate::reference::dot_u8_i8(code_rest, query_rest)
}

/// Widens little-endian half floats; `bytes` is twice as long as `out`.
///
/// # Safety
/// An [`Avx2`] must exist.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) unsafe fn f16_to_f32(bytes: &[u8], out: &mut [f32]) {
    let (blocks, rest) = bytes.as_chunks::<16>();
    let (out_blocks, out_rest) = out.as_chunks_mut::<8>();
    for (block, out) in blocks.iter().zip(out_blocks) {
        // SAFETY: a block is 16 bytes long, its place in `out` eight values.
        unsafe {
            let halves = _mm_loadu_si128(block.as_ptr().cast());
            _mm256_storeu_ps(out.as_mut_ptr(), _mm256_cvtph_ps(halves));
        }
    }
    f16::one_by_one(rest, out_rest);
}
