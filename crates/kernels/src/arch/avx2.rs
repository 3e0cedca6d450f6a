//! AVX2 with FMA and F16C: eight lanes, tiles of six rows by two vectors.

use crate::half;
use crate::levels::{Halves, Levels};
use crate::scan::{Best, HalfFormat, Lanes, Pass, Tile, scan};
use crate::tile::ByteLanes;
use std::arch::x86_64::*;
use std::marker::PhantomData;

/// Rows per tile: 12 sums, 2 vectors of the query and a value fill 15 of 16 registers.
pub(super) const ROWS: usize = 6;

/// Sums of products of bytes.
///
/// # Safety
/// As [`ByteLanes`].
pub(crate) trait Products: Copy {
    /// Four neighboring codes of one row, ready to be multiplied.
    type Codes: Copy;

    /// See [`ByteLanes::start`].
    unsafe fn start(offsets: *const i32) -> __m256i;
    /// See [`ByteLanes::codes`].
    unsafe fn codes(four: u32) -> Self::Codes;
    /// Adds four products to each of eight sums.
    unsafe fn add(sums: __m256i, query: __m256i, codes: Self::Codes) -> __m256i;
}

/// Added in pairs, twice.
#[derive(Clone, Copy)]
pub(crate) struct InPairs;

impl Products for InPairs {
    /// The codes less 128, and their magnitudes.
    type Codes = (__m256i, __m256i);

    #[inline(always)]
    unsafe fn start(_offsets: *const i32) -> __m256i {
        // SAFETY: the set.
        unsafe { _mm256_setzero_si256() }
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
    unsafe fn add(sums: __m256i, query: __m256i, (codes, magnitudes): Self::Codes) -> __m256i {
        // SAFETY: the set.
        unsafe {
            let pairs = _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(query, codes));
            _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
        }
    }
}

/// Eight values, and how their set multiplies bytes.
#[derive(Clone, Copy)]
pub(crate) struct Eight<P>(__m256, PhantomData<P>);

impl<P: Products> Eight<P> {
    #[inline(always)]
    fn new(values: __m256) -> Self {
        Self(values, PhantomData)
    }
}

/// Lanes for formats without products of bytes.
pub(crate) type Floats = Eight<InPairs>;

impl<P: Products> Lanes for Eight<P> {
    const NUM: usize = 8;
    const FUSES: bool = true;
    type Rows = __m256i;
    type Sums = Sums<P>;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: of the instruction set here and below, as `Lanes` asks.
        Self::new(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight values.
        Self::new(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8, format: HalfFormat) -> Self {
        // SAFETY: the caller vouches for eight halves.
        unsafe {
            let halves = _mm_loadu_si128(from.cast());
            Self::new(match format {
                HalfFormat::F16 => _mm256_cvtph_ps(halves),
                HalfFormat::Bf16 => {
                    _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(halves)))
                }
            })
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for room for eight values.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, other: Self, sum: Self) -> Self {
        // SAFETY: the set.
        Self::new(unsafe { _mm256_fmadd_ps(self.0, other.0, sum.0) })
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the set.
        Self::new(unsafe { _mm256_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the set.
        Self::new(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the set.
        Self::new(unsafe { _mm256_max_ps(self.0, other.0) })
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
            let larger = _mm256_cmp_ps::<_CMP_GT_OQ>(self.0, best.0);
            let row = _mm256_set1_epi32(row.cast_signed());
            let rows = _mm256_blendv_epi8(rows, row, _mm256_castps_si256(larger));
            (Self::new(_mm256_blendv_ps(best.0, self.0, larger)), rows)
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
pub(crate) struct Sums<P>(__m256i, PhantomData<P>);

impl<P: Products> ByteLanes for Sums<P> {
    type Lanes = Eight<P>;
    type Codes = P::Codes;

    #[inline(always)]
    unsafe fn start(offsets: *const i32) -> Self {
        // SAFETY: the caller's.
        Self(unsafe { P::start(offsets) }, PhantomData)
    }

    #[inline(always)]
    unsafe fn codes(four: u32) -> P::Codes {
        // SAFETY: the set.
        unsafe { P::codes(four) }
    }

    #[inline(always)]
    unsafe fn add_products(self, query: *const i8, codes: P::Codes) -> Self {
        // SAFETY: the caller vouches for 32 values.
        Self(unsafe { P::add(self.0, _mm256_loadu_si256(query.cast()), codes) }, PhantomData)
    }

    #[inline(always)]
    unsafe fn spread<const BITS: usize>(
        from: *const u8,
        len: usize,
        levels: &Levels,
        to: *mut u8,
        plane: usize,
    ) {
        // SAFETY: the caller vouches for `len <= 32` bytes, no others are read, and for room in every plane.
        unsafe {
            let packed = if len == 32 {
                _mm256_loadu_si256(from.cast())
            } else {
                let mut last = [0u8; 32];
                from.copy_to_nonoverlapping(last.as_mut_ptr(), len);
                _mm256_loadu_si256(last.as_ptr().cast())
            };
            let table = _mm256_broadcastsi128_si256(_mm_loadu_si128(levels.table().as_ptr().cast()));
            let mask = _mm256_set1_epi8(levels.mask().cast_signed());
            for p in 0..8 / BITS {
                let shifted = _mm256_srl_epi16(packed, _mm_cvtsi32_si128((p * BITS) as i32));
                let bytes = _mm256_shuffle_epi8(table, _mm256_and_si256(shifted, mask));
                _mm256_storeu_si256(to.add(p * plane).cast(), bytes);
            }
        }
    }

    #[inline(always)]
    unsafe fn to_f32(self) -> Eight<P> {
        // SAFETY: the set.
        Eight::new(unsafe { _mm256_cvtepi32_ps(self.0) })
    }
}

/// One pass of [`scan`].
///
/// # Safety
/// As [`scan`]; an [`Avx2`] must exist.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn run(tile: impl Tile, pass: Pass, best: &mut Best) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { scan::<Floats, ROWS>(tile, pass, best) }
}

/// `Σ a·b` of equally long slices.
///
/// # Safety
/// An [`Avx2`] must exist.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) unsafe fn dot(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: the set is enabled here.
    unsafe { crate::lane_sums::dot::<Floats>(a, b) }
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

/// `Σ query` where the bit is set; a byte of bits for each eight values, the last eight rounded up.
///
/// Each byte of bits is copied to eight lanes, where its bits become one or zero.
///
/// # Safety
/// An [`Avx2`] must exist.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) unsafe fn dot_bits_i8(bits: &[u8], query: &[i8]) -> i32 {
    let (blocks, rest) = query.as_chunks::<32>();
    let (bit_blocks, bit_rest) = bits.split_at(blocks.len() * 4);
    let spread = _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
    let select = _mm256_set1_epi64x(0x8040_2010_0804_0201u64.cast_signed());
    let (byte_ones, pair_ones) = (_mm256_set1_epi8(1), _mm256_set1_epi16(1));
    let mut sums = _mm256_setzero_si256();
    for (values, &word) in blocks.iter().zip(bit_blocks.as_chunks::<4>().0) {
        let bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(i32::from_le_bytes(word)), spread);
        let set = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, select), select);
        // SAFETY: the block is 32 bytes long.
        let values = unsafe { _mm256_loadu_si256(values.as_ptr().cast()) };
        // Two products of at most 128 fit 16 bits.
        let pairs = _mm256_maddubs_epi16(_mm256_and_si256(set, byte_ones), values);
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, pair_ones));
    }
    let mut lanes = [0i32; 8];
    // SAFETY: `lanes` is 32 bytes long.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
    lanes.iter().sum::<i32>() + crate::reference::dot_bits_i8(bit_rest, rest)
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
    half::one_by_one(rest, out_rest);
}

/// `Σ level·query` of both halves of each byte of codes.
///
/// Products are those of a level's magnitude with the query's value under the level's sign: two of them fit 16 bits.
///
/// # Safety
/// An [`Avx2`] must exist; both halves of the query are whole blocks of 64 values that are no fewer than the codes, all
/// within ±127.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) unsafe fn dot_nibbles(codes: &[u8], query: Halves<'_>) -> i32 {
    let (blocks, rest) = codes.as_chunks::<32>();
    let (nibble, ones) = (_mm256_set1_epi8(15), _mm256_set1_epi16(1));
    // SAFETY: a table has sixteen bytes.
    let table = unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(query.table.as_ptr().cast())) };
    let table = _mm256_xor_si256(table, _mm256_set1_epi8(i8::MIN));
    let mut sums = _mm256_setzero_si256();
    for (at, codes) in blocks.iter().enumerate() {
        // SAFETY: the block is 32 bytes long, and each half of the query has as many values here.
        let (packed, low, high) = unsafe {
            (
                _mm256_loadu_si256(codes.as_ptr().cast()),
                _mm256_loadu_si256(query.low.as_ptr().add(at * 32).cast()),
                _mm256_loadu_si256(query.high.as_ptr().add(at * 32).cast()),
            )
        };
        let lower = _mm256_shuffle_epi8(table, _mm256_and_si256(packed, nibble));
        let upper = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(packed), nibble));
        for (levels, values) in [(lower, low), (upper, high)] {
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(levels), _mm256_sign_epi8(values, levels));
            sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, ones));
        }
    }
    let mut lanes = [0i32; 8];
    // SAFETY: `lanes` is 32 bytes long.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
    let done = blocks.len() * 32;
    let rest_of_query = Halves { low: &query.low[done..], high: &query.high[done..], table: query.table };
    lanes.iter().sum::<i32>() + rest_of_query.dot(rest)
}
