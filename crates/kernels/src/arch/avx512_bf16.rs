//! AVX-512 BF16: pairs of bfloat16, two multiply-adds a lane in one instruction.

use crate::scan::{Best, Lanes, Maxima, Pass};
use std::arch::x86_64::*;

/// Rows per tile, as for `f32`.
const ROWS: usize = 8;

/// Prefetch distance, in bytes: two tiles of eight rows of 128 dims.
const AHEAD_BYTES: usize = 4 << 10;

/// Detects whether this machine has VDPBF16PS and gains by it.
///
/// Measured, it does twice the operations of `f32` multiply-adds on Zen 4, and half of them on Sapphire Rapids, where all
/// that Intel has followed. AMD's processors take it, then.
pub(super) fn detect() -> bool {
    let vendor = __cpuid(0);
    let amd = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes).concat() == b"AuthenticAMD";
    amd && is_x86_feature_detected!("avx512bf16")
}

/// Rows of bfloat16 against a group packed `[dim / 2][lanes]` of pairs.
#[derive(Clone, Copy)]
pub(crate) struct PairTile {
    pub(crate) query: *const u32,
    pub(crate) document: *const u8,
    pub(crate) dim: usize,
}

/// One pass over a document.
///
/// # Safety
/// As [`crate::scan::scan`]; a token of AVX-512 that multiplies pairs must exist.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,avx512bf16")]
pub(crate) unsafe fn run(tile: PairTile, pass: Pass, best: &mut Best) {
    // SAFETY: the caller's; the set is enabled here.
    unsafe {
        match (pass.lanes > 16, pass.matches) {
            (false, false) => run_as::<1, false>(tile, pass.num_rows, best),
            (false, true) => run_as::<1, true>(tile, pass.num_rows, best),
            (true, false) => run_as::<2, false>(tile, pass.num_rows, best),
            (true, true) => run_as::<2, true>(tile, pass.num_rows, best),
        }
    }
}

#[inline(always)]
unsafe fn run_as<const WIDTH: usize, const MATCHES: bool>(tile: PairTile, num_rows: usize, best: &mut Best) {
    // SAFETY: the caller's.
    unsafe {
        let mut maxima = Maxima::<__m512, WIDTH, MATCHES>::new();
        let mut start = 0;
        while start < num_rows {
            let mut rows = [0; ROWS];
            for (offset, row) in rows.iter_mut().enumerate() {
                // The last tile repeats the last row, which is never larger than itself.
                *row = (start + offset).min(num_rows - 1);
            }
            let similarities = tile.similarities::<WIDTH>(rows);
            for (offset, &row) in similarities.iter().enumerate() {
                maxima.take(start + offset, row);
            }
            start += ROWS;
        }
        maxima.store(best);
    }
}

impl PairTile {
    /// # Safety
    /// As [`run`]; the rows must be there, and `WIDTH` vectors of query tokens.
    #[inline(always)]
    unsafe fn similarities<const WIDTH: usize>(self, rows: [usize; ROWS]) -> [[__m512; WIDTH]; ROWS] {
        // SAFETY: the caller's; of the last pair of an odd row only the half that is there is read. A prefetch may ask
        // for any address.
        unsafe {
            let row_bytes = 2 * self.dim;
            let ahead = self.document.wrapping_add(rows[0] * row_bytes + AHEAD_BYTES);
            let starts = rows.map(|row| self.document.add(row * row_bytes));
            let mut sums = [[_mm512_setzero_ps(); WIDTH]; ROWS];
            for k in 0..self.dim / 2 {
                if k % 2 == 0 {
                    <__m512 as Lanes>::prefetch(ahead.wrapping_add(4 * k * ROWS));
                }
                let mut pairs = [0; ROWS];
                for (pair, start) in pairs.iter_mut().zip(starts) {
                    *pair = start.add(4 * k).cast::<u32>().read_unaligned();
                }
                self.add_products(&mut sums, k, pairs);
            }
            if self.dim % 2 == 1 {
                let mut pairs = [0; ROWS];
                for (pair, start) in pairs.iter_mut().zip(starts) {
                    *pair = start.add(row_bytes - 2).cast::<u16>().read_unaligned().into();
                }
                self.add_products(&mut sums, self.dim / 2, pairs);
            }
            sums
        }
    }

    /// Adds the products of one pair of dimensions.
    ///
    /// # Safety
    /// As [`run`]; the group must have a pair `k`.
    #[inline(always)]
    unsafe fn add_products<const WIDTH: usize>(
        self,
        sums: &mut [[__m512; WIDTH]; ROWS],
        k: usize,
        pairs: [u32; ROWS],
    ) {
        // SAFETY: the caller's. A vector of pairs is one of bits.
        unsafe {
            let mut query = [_mm512_setzero_si512(); WIDTH];
            for (w, lanes) in query.iter_mut().enumerate() {
                *lanes = _mm512_loadu_si512(self.query.add((k * WIDTH + w) * 16).cast());
            }
            for (sums, pair) in sums.iter_mut().zip(pairs) {
                let pair = as_pairs(_mm512_set1_epi32(pair.cast_signed()));
                for (sum, query) in sums.iter_mut().zip(query) {
                    *sum = _mm512_dpbf16_ps(*sum, as_pairs(query), pair);
                }
            }
        }
    }
}

/// # Safety
/// AVX-512 BF16.
#[inline(always)]
unsafe fn as_pairs(bits: __m512i) -> __m512bh {
    // SAFETY: both are 64 bytes that may hold anything.
    unsafe { std::mem::transmute(bits) }
}
