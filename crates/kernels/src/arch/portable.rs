//! No instruction set in particular: small arrays that the compiler turns into the target's vectors.

use crate::half;
use crate::levels::Levels;
use crate::scan::{HalfFormat, Lanes};
use crate::tile::ByteLanes;

/// Rows per tile: with two vectors of eight lanes each, sixteen 128-bit registers hold the sums of two rows.
pub(super) const ROWS: usize = 2;

/// Eight values.
#[derive(Clone, Copy)]
pub(crate) struct Eight([f32; 8]);

impl Eight {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let mut out = self;
        for (a, b) in out.0.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        out
    }
}

impl Lanes for Eight {
    const NUM: usize = 8;
    const FUSES: bool = false;
    type Rows = [u32; 8];
    type Sums = EightSums;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight values.
        Self(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_halves(from: *const u8, format: HalfFormat) -> Self {
        // SAFETY: the caller vouches for eight halves.
        let halves = unsafe { from.cast::<[[u8; 2]; 8]>().read_unaligned() };
        // A loop, since `map` of an array may stay a call.
        let mut values = [0.0; 8];
        for (value, half) in values.iter_mut().zip(halves) {
            *value = half::widen(u16::from_le_bytes(half), format);
        }
        Self(values)
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for room for eight values.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) }
    }

    /// Rounded twice: without hardware for it, a fused multiply-add is a call into software.
    #[inline(always)]
    unsafe fn mul_add(self, other: Self, sum: Self) -> Self {
        self.zip(other, |a, b| a * b).zip(sum, |product, sum| sum + product)
    }

    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    unsafe fn first_rows() -> [u32; 8] {
        [0; 8]
    }

    #[inline(always)]
    unsafe fn keep_larger(self, row: u32, mut best: Self, mut rows: [u32; 8]) -> (Self, [u32; 8]) {
        for ((&value, best), rows) in self.0.iter().zip(&mut best.0).zip(&mut rows) {
            let larger = value > *best;
            *best = if larger { value } else { *best };
            *rows = if larger { row } else { *rows };
        }
        (best, rows)
    }

    #[inline(always)]
    unsafe fn store_rows(rows: [u32; 8], to: *mut u32) {
        // SAFETY: the caller vouches for room for eight rows.
        unsafe { to.cast::<[u32; 8]>().write_unaligned(rows) }
    }

    #[inline(always)]
    unsafe fn prefetch(_at: *const u8) {}
}

/// Eight sums.
#[derive(Clone, Copy)]
pub(crate) struct EightSums([i32; 8]);

impl ByteLanes for EightSums {
    type Lanes = Eight;
    type Codes = [i16; 4];

    #[inline(always)]
    unsafe fn start(_offsets: *const i32) -> Self {
        Self([0; 8])
    }

    #[inline(always)]
    unsafe fn codes(four: u32) -> [i16; 4] {
        four.to_le_bytes().map(|code| i16::from(code) - 128)
    }

    #[inline(always)]
    unsafe fn add_products(mut self, query: *const i8, codes: [i16; 4]) -> Self {
        // SAFETY: the caller vouches for 32 values.
        let query = unsafe { query.cast::<[[i8; 4]; 8]>().read_unaligned() };
        for (sum, values) in self.0.iter_mut().zip(query) {
            for (value, code) in values.into_iter().zip(codes) {
                *sum += i32::from(value) * i32::from(code);
            }
        }
        self
    }

    #[inline(always)]
    unsafe fn spread<const BITS: usize>(
        from: *const u8,
        len: usize,
        levels: &Levels,
        to: *mut u8,
        plane: usize,
    ) {
        let mut packed = [0u8; 32];
        // SAFETY: the caller vouches for `len <= 32` bytes.
        unsafe { from.copy_to_nonoverlapping(packed.as_mut_ptr(), len) };
        for p in 0..8 / BITS {
            let spread = packed.map(|byte| levels.table()[usize::from(byte >> (p * BITS) & levels.mask())]);
            // SAFETY: the caller vouches for room for 32 bytes in every plane.
            unsafe { to.add(p * plane).cast::<[u8; 32]>().write_unaligned(spread) };
        }
    }

    #[inline(always)]
    unsafe fn to_f32(self) -> Eight {
        Eight(self.0.map(|sum| sum as f32))
    }
}
