//! AVX2 with VPDPBUSD in vectors of 256 bits. Everything but products of bytes is that of AVX2.
//!
//! The instruction comes in two encodings: that of AVX-VNNI, for processors without AVX-512, and that of AVX-512 VL.

use super::AvxVnni;
use super::avx2::{Eight, Products, ROWS};
use super::detect::Encoding;
use crate::scan::{Best, Lanes, Pass, Tile, Work, scan};
use std::arch::x86_64::*;

/// The encoding of the instruction.
///
/// # Safety
/// As [`Lanes`].
trait Form: Copy {
    /// Adds four products of bytes, the first unsigned, to each of eight sums.
    unsafe fn add(sums: __m256i, codes: __m256i, query: __m256i) -> __m256i;
}

#[derive(Clone, Copy)]
struct Vex;

impl Form for Vex {
    #[inline(always)]
    unsafe fn add(sums: __m256i, codes: __m256i, query: __m256i) -> __m256i {
        // SAFETY: the set.
        unsafe { _mm256_dpbusd_avx_epi32(sums, codes, query) }
    }
}

#[derive(Clone, Copy)]
struct Evex;

impl Form for Evex {
    #[inline(always)]
    unsafe fn add(sums: __m256i, codes: __m256i, query: __m256i) -> __m256i {
        // SAFETY: the set.
        unsafe { _mm256_dpbusd_epi32(sums, codes, query) }
    }
}

/// Four products at once.
#[derive(Clone, Copy)]
struct InFours<F>(std::marker::PhantomData<F>);

impl<F: Form> Products for InFours<F> {
    type Codes = __m256i;

    #[inline(always)]
    unsafe fn start(offsets: *const i32) -> __m256i {
        // SAFETY: the caller vouches for eight offsets.
        unsafe { _mm256_loadu_si256(offsets.cast()) }
    }

    #[inline(always)]
    unsafe fn codes(four: u32) -> __m256i {
        // SAFETY: the set.
        unsafe { _mm256_set1_epi32(four.cast_signed()) }
    }

    #[inline(always)]
    unsafe fn add(sums: __m256i, query: __m256i, codes: __m256i) -> __m256i {
        // SAFETY: the caller's.
        unsafe { F::add(sums, codes, query) }
    }
}

/// Does some work in lanes of this set.
///
/// # Safety
/// Those of the work.
pub(crate) unsafe fn run(token: AvxVnni, work: impl Work) {
    match token.0 {
        // SAFETY: the token says that this was detected; the rest is the caller's.
        Encoding::Vex => unsafe { run_vex(work) },
        // SAFETY: as above.
        Encoding::Evex => unsafe { run_evex(work) },
    }
}

#[target_feature(enable = "avx2,fma,f16c,avxvnni")]
unsafe fn run_vex(work: impl Work) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { work.run::<Eight<InFours<Vex>>, ROWS>() }
}

#[target_feature(enable = "avx2,fma,f16c,avx512f,avx512vl,avx512vnni")]
unsafe fn run_evex(work: impl Work) {
    // SAFETY: the set is enabled here; the rest is the caller's.
    unsafe { work.run::<Eight<InFours<Evex>>, ROWS>() }
}

/// One pass of [`scan`].
///
/// # Safety
/// As [`scan`].
pub(super) unsafe fn scan_in_fours(token: AvxVnni, tile: impl Tile, pass: Pass, best: &mut Best) {
    // SAFETY: the caller's.
    unsafe { run(token, Scan { tile, pass, best }) }
}

struct Scan<'b, T> {
    tile: T,
    pass: Pass,
    best: &'b mut Best,
}

impl<T: Tile> Work for Scan<'_, T> {
    #[inline(always)]
    unsafe fn run<L: Lanes, const ROWS: usize>(self) {
        // SAFETY: the caller's.
        unsafe { scan::<L, ROWS>(self.tile, self.pass, self.best) }
    }
}
