//! NEON: eight lanes in two registers, tiles of six rows by two vectors. Bytes are multiplied pair by pair, or four to
//! a lane where the dot-product extension is there.
//!
//! Three instructions are written in assembly, because their intrinsics are not stable: SDOT, FCVTL and PRFM.

use crate::half;
use crate::levels::Levels;
use crate::scan::{Best, HalfFormat, Lanes, Pass, Tile, scan};
use crate::tile::ByteLanes;
use std::arch::aarch64::*;
use std::arch::asm;
use std::marker::PhantomData;

/// Rows per tile: 24 sums, 4 registers of the query and a value fill 29 of 32.
const ROWS: usize = 6;

/// Sums of products of bytes.
///
/// # Safety
/// As [`Lanes`].
pub(crate) trait Products: Copy {
    /// Adds four products to each of four sums. No byte of the query is −128.
    unsafe fn add(sums: int32x4_t, query: int8x16_t, codes: int8x16_t) -> int32x4_t;
}

/// Widened, then added in pairs, twice.
#[derive(Clone, Copy)]
pub(crate) struct InPairs;

impl Products for InPairs {
    /// Two products are at most 2 · 128 · 127 and so fit 16 bits.
    #[inline(always)]
    unsafe fn add(sums: int32x4_t, query: int8x16_t, codes: int8x16_t) -> int32x4_t {
        // SAFETY: the set.
        unsafe {
            let low = vmull_s8(vget_low_s8(query), vget_low_s8(codes));
            vpadalq_s16(sums, vpaddq_s16(low, vmull_high_s8(query, codes)))
        }
    }
}

/// Four at once.
#[derive(Clone, Copy)]
pub(crate) struct InFours;

impl Products for InFours {
    #[inline(always)]
    unsafe fn add(sums: int32x4_t, query: int8x16_t, codes: int8x16_t) -> int32x4_t {
        // SAFETY: the caller vouches for the extension.
        unsafe { sdot(sums, query, codes) }
    }
}

/// Adds four products of bytes to each of four sums.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn sdot(mut sums: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the extension is enabled; registers are all that it touches.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {a:v}.16b, {b:v}.16b",
            sums = inout(vreg) sums,
            a = in(vreg) a,
            b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// Widens the eight half floats of a register.
#[inline(always)]
fn widened(halves: uint16x8_t) -> [float32x4_t; 2] {
    let (low, high): (float32x4_t, float32x4_t);
    // SAFETY: part of NEON; registers are all that they touch.
    unsafe {
        asm!(
            "fcvtl {low:v}.4s, {halves:v}.4h",
            "fcvtl2 {high:v}.4s, {halves:v}.8h",
            halves = in(vreg) halves,
            low = out(vreg) low,
            high = lateout(vreg) high,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    [low, high]
}

/// Asks for the cache line at an address.
#[inline(always)]
pub(crate) fn prefetch(at: *const u8) {
    // SAFETY: a prefetch reads nothing that the program sees and never faults.
    unsafe { asm!("prfm pldl1keep, [{}]", in(reg) at, options(nomem, nostack, preserves_flags)) };
}

/// Eight values, and how their sets multiply bytes.
#[derive(Clone, Copy)]
pub(crate) struct Eight<P>([float32x4_t; 2], PhantomData<P>);

impl<P: Products> Eight<P> {
    #[inline(always)]
    fn new(values: [float32x4_t; 2]) -> Self {
        Self(values, PhantomData)
    }
}

/// Lanes for formats without products of bytes.
pub(crate) type Floats = Eight<InPairs>;

impl<P: Products> Lanes for Eight<P> {
    const NUM: usize = 8;
    const FUSES: bool = true;
    type Rows = [uint32x4_t; 2];
    type Sums = Sums<P>;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the set.
        unsafe { Self::new([vdupq_n_f32(value); 2]) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight values.
        unsafe { Self::new([vld1q_f32(from), vld1q_f32(from.add(4))]) }
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8, format: HalfFormat) -> Self {
        // SAFETY: the caller vouches for eight halves.
        unsafe {
            let halves = vreinterpretq_u16_u8(vld1q_u8(from));
            Self::new(match format {
                HalfFormat::F16 => widened(halves),
                HalfFormat::Bf16 => [
                    vreinterpretq_f32_u32(vshll_n_u16::<16>(vget_low_u16(halves))),
                    vreinterpretq_f32_u32(vshll_high_n_u16::<16>(halves)),
                ],
            })
        }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for room for eight values.
        unsafe {
            vst1q_f32(to, self.0[0]);
            vst1q_f32(to.add(4), self.0[1]);
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, other: Self, sum: Self) -> Self {
        // SAFETY: the set.
        unsafe {
            let ([a, b], [c, d], [e, f]) = (self.0, other.0, sum.0);
            Self::new([vfmaq_f32(e, a, c), vfmaq_f32(f, b, d)])
        }
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe {
            let ([a, b], [c, d]) = (self.0, other.0);
            Self::new([vmulq_f32(a, c), vmulq_f32(b, d)])
        }
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe {
            let ([a, b], [c, d]) = (self.0, other.0);
            Self::new([vaddq_f32(a, c), vaddq_f32(b, d)])
        }
    }

    /// FMAX would keep a NaN of either side.
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the set.
        unsafe {
            let ([a, b], [c, d]) = (self.0, other.0);
            Self::new([vbslq_f32(vcgtq_f32(a, c), a, c), vbslq_f32(vcgtq_f32(b, d), b, d)])
        }
    }

    #[inline(always)]
    unsafe fn first_rows() -> [uint32x4_t; 2] {
        // SAFETY: the set.
        unsafe { [vdupq_n_u32(0); 2] }
    }

    #[inline(always)]
    unsafe fn keep_larger(self, row: u32, best: Self, rows: [uint32x4_t; 2]) -> (Self, [uint32x4_t; 2]) {
        // SAFETY: the set.
        unsafe {
            let ([a, b], [c, d], row) = (self.0, best.0, vdupq_n_u32(row));
            let larger = [vcgtq_f32(a, c), vcgtq_f32(b, d)];
            let values = [vbslq_f32(larger[0], a, c), vbslq_f32(larger[1], b, d)];
            (Self::new(values), [vbslq_u32(larger[0], row, rows[0]), vbslq_u32(larger[1], row, rows[1])])
        }
    }

    #[inline(always)]
    unsafe fn store_rows(rows: [uint32x4_t; 2], to: *mut u32) {
        // SAFETY: the caller vouches for room for eight rows.
        unsafe {
            vst1q_u32(to, rows[0]);
            vst1q_u32(to.add(4), rows[1]);
        }
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u8) {
        prefetch(at);
    }
}

/// Eight sums of products of bytes.
#[derive(Clone, Copy)]
pub(crate) struct Sums<P>([int32x4_t; 2], PhantomData<P>);

impl<P: Products> ByteLanes for Sums<P> {
    type Lanes = Eight<P>;
    /// The codes less 128, four times.
    type Codes = int8x16_t;

    #[inline(always)]
    unsafe fn start(_offsets: *const i32) -> Self {
        // SAFETY: the set.
        unsafe { Self([vdupq_n_s32(0); 2], PhantomData) }
    }

    #[inline(always)]
    unsafe fn codes(four: u32) -> int8x16_t {
        // SAFETY: the set.
        unsafe { vreinterpretq_s8_u32(vdupq_n_u32(four ^ 0x8080_8080)) }
    }

    #[inline(always)]
    unsafe fn add_products(self, query: *const i8, codes: int8x16_t) -> Self {
        let [a, b] = self.0;
        // SAFETY: the caller vouches for 32 values.
        unsafe {
            let sums = [P::add(a, vld1q_s8(query), codes), P::add(b, vld1q_s8(query.add(16)), codes)];
            Self(sums, PhantomData)
        }
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
                [vld1q_u8(from), vld1q_u8(from.add(16))]
            } else {
                let mut last = [0u8; 32];
                from.copy_to_nonoverlapping(last.as_mut_ptr(), len);
                [vld1q_u8(last.as_ptr()), vld1q_u8(last.as_ptr().add(16))]
            };
            let (table, mask) = (vld1q_u8(levels.table().as_ptr()), vdupq_n_u8(levels.mask()));
            for p in 0..8 / BITS {
                // Shifted left by less than nothing is shifted right.
                let shift = vdupq_n_s8(-((p * BITS) as i8));
                for (half, packed) in packed.into_iter().enumerate() {
                    let bytes = vqtbl1q_u8(table, vandq_u8(vshlq_u8(packed, shift), mask));
                    vst1q_u8(to.add(p * plane + 16 * half), bytes);
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn to_f32(self) -> Eight<P> {
        // SAFETY: the set.
        unsafe { Eight::new([vcvtq_f32_s32(self.0[0]), vcvtq_f32_s32(self.0[1])]) }
    }
}

/// One pass of [`scan`].
///
/// # Safety
/// As [`scan`]; a [`Neon`] must exist.
#[target_feature(enable = "neon")]
pub(super) unsafe fn run(tile: impl Tile, pass: Pass, best: &mut Best) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { scan::<Eight<InPairs>, ROWS>(tile, pass, best) }
}

/// One pass of [`scan`].
///
/// # Safety
/// As [`scan`]; a [`Dotprod`] must exist.
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn run_in_fours(tile: impl Tile, pass: Pass, best: &mut Best) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { scan::<Eight<InFours>, ROWS>(tile, pass, best) }
}

/// `Σ a·b` of equally long slices.
///
/// # Safety
/// A [`Neon`] must exist.
#[target_feature(enable = "neon")]
pub(crate) unsafe fn dot(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: the set is enabled here.
    unsafe { crate::lane_sums::dot::<Floats>(a, b) }
}

/// `Σ (code − 128)·query` of equally long slices of at most [`crate::MAX_DOT_BYTES`].
///
/// # Safety
/// A [`Neon`] must exist.
#[target_feature(enable = "neon")]
pub(crate) unsafe fn dot_u8_i8(codes: &[u8], query: &[i8]) -> i32 {
    let ((code_blocks, code_rest), (query_blocks, query_rest)) =
        (codes.as_chunks::<16>(), query.as_chunks::<16>());
    let mut sums = vdupq_n_s32(0);
    for (codes, query) in code_blocks.iter().zip(query_blocks) {
        let (codes, query) = less_128(codes, query);
        // Here −128 may meet itself: one product fits 16 bits, two might not.
        sums = vpadalq_s16(sums, vmull_s8(vget_low_s8(codes), vget_low_s8(query)));
        sums = vpadalq_s16(sums, vmull_high_s8(codes, query));
    }
    vaddvq_s32(sums) + crate::reference::dot_u8_i8(code_rest, query_rest)
}

/// As [`dot_u8_i8`], four products a lane.
///
/// # Safety
/// A [`Dotprod`] must exist.
#[target_feature(enable = "neon,dotprod")]
pub(crate) unsafe fn dot_u8_i8_in_fours(codes: &[u8], query: &[i8]) -> i32 {
    let ((code_blocks, code_rest), (query_blocks, query_rest)) =
        (codes.as_chunks::<16>(), query.as_chunks::<16>());
    let mut sums = vdupq_n_s32(0);
    for (codes, query) in code_blocks.iter().zip(query_blocks) {
        let (codes, query) = less_128(codes, query);
        sums = sdot(sums, codes, query);
    }
    vaddvq_s32(sums) + crate::reference::dot_u8_i8(code_rest, query_rest)
}

/// Sixteen codes less 128, and what they are multiplied with.
#[inline]
#[target_feature(enable = "neon")]
fn less_128(codes: &[u8; 16], query: &[i8; 16]) -> (int8x16_t, int8x16_t) {
    // SAFETY: both are 16 bytes long.
    let (codes, query) = unsafe { (vld1q_u8(codes.as_ptr()), vld1q_s8(query.as_ptr())) };
    (vreinterpretq_s8_u8(veorq_u8(codes, vdupq_n_u8(0x80))), query)
}

/// `Σ query` where the bit is set; a byte of bits for each eight values, the last eight rounded up.
///
/// # Safety
/// A [`Neon`] must exist.
#[target_feature(enable = "neon")]
pub(crate) unsafe fn dot_bits_i8(bits: &[u8], query: &[i8]) -> i32 {
    let (blocks, rest) = query.as_chunks::<16>();
    let (bit_blocks, bit_rest) = bits.split_at(blocks.len() * 2);
    let select = vreinterpretq_u8_u64(vdupq_n_u64(0x8040_2010_0804_0201));
    let mut sums = vdupq_n_s32(0);
    for (values, &[low, high]) in blocks.iter().zip(bit_blocks.as_chunks::<2>().0) {
        // Each byte of bits is copied to eight lanes, where its bits become all ones or none.
        let set = vtstq_u8(vcombine_u8(vdup_n_u8(low), vdup_n_u8(high)), select);
        // SAFETY: the block is 16 bytes long.
        let values = unsafe { vld1q_s8(values.as_ptr()) };
        sums = vpadalq_s16(sums, vpaddlq_s8(vandq_s8(values, vreinterpretq_s8_u8(set))));
    }
    vaddvq_s32(sums) + crate::reference::dot_bits_i8(bit_rest, rest)
}

/// Widens little-endian half floats; `bytes` is twice as long as `out`.
///
/// # Safety
/// A [`Neon`] must exist.
#[target_feature(enable = "neon")]
pub(crate) unsafe fn f16_to_f32(bytes: &[u8], out: &mut [f32]) {
    let (blocks, rest) = bytes.as_chunks::<16>();
    let (out_blocks, out_rest) = out.as_chunks_mut::<8>();
    for (block, out) in blocks.iter().zip(out_blocks) {
        // SAFETY: a block is 16 bytes long, its place in `out` eight values.
        unsafe { Floats::load_halves(block.as_ptr(), HalfFormat::F16).store(out.as_mut_ptr()) };
    }
    half::one_by_one(rest, out_rest);
}
