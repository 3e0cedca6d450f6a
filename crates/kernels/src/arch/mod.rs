//! The thin part of each instruction set: how its lanes load, multiply and compare, and the entry points that
//! turn the features on.

#![allow(unsafe_code)]

use crate::Isa;
use crate::half::one_by_one;
use crate::scan::{Best, Pass, Tile, scan};

mod detect;
pub(crate) mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) mod amx;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx_vnni;
#[cfg(target_arch = "aarch64")]
pub(crate) mod neon;

#[cfg(target_arch = "x86_64")]
pub use amx::Amx;
#[cfg(target_arch = "x86_64")]
pub use detect::{Avx2, Avx512, AvxVnni};
#[cfg(target_arch = "aarch64")]
pub use detect::{Dotprod, Neon};

/// Bytes of a cache line.
const LINE_BYTES: usize = 64;

/// Bytes that are asked for at most: beyond them the machine has seen where this is going, and more would push out what
/// is being read.
const MAX_BYTES: usize = 4096;

/// Asks for bytes that are read soon, so that memory answers while something else is computed. Changes nothing but time.
///
/// Cost: one instruction for each of the first 64 cache lines; none where the machine's set has no such instruction.
pub fn prefetch(bytes: &[u8]) {
    for line in bytes[..bytes.len().min(MAX_BYTES)].chunks(LINE_BYTES) {
        prefetch_line(line.as_ptr());
    }
}

/// Asks for the cache line at an address; nothing where that has no instruction here.
#[inline(always)]
#[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), expect(unused_variables))]
fn prefetch_line(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing that the program sees and never faults; every x86-64 has this one.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at.cast());
    }
    #[cfg(target_arch = "aarch64")]
    neon::prefetch(at);
}

/// Runs one pass on the lanes of a set. The reference has none: panels loop over their rows themselves.
///
/// # Safety
/// The rows and query tokens that the pass names must lie within what the tile points to, and the group must be
/// as wide as [`crate::scan::groups`] cuts it for this set.
pub(crate) unsafe fn run(isa: Isa, tile: impl Tile, pass: Pass, best: &mut Best) {
    match isa {
        Isa::Reference => unreachable!("the reference has no lanes"),
        // SAFETY: arrays need no instruction set; the rest is the caller's.
        Isa::Portable => unsafe {
            scan::<portable::Eight, { portable::ROWS }>(tile, pass, best);
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Avx2(_) => unsafe { avx2::run(tile, pass, best) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::AvxVnni(token) => unsafe { avx_vnni::scan_in_fours(token, tile, pass, best) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { avx512::run(tile, pass, best) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Neon(_) => unsafe { neon::run(tile, pass, best) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Dotprod(_) => unsafe { neon::run_in_fours(tile, pass, best) },
    }
}

/// A format of codes: all sets have lanes for it, some multiply it in tiles.
#[cfg(target_arch = "x86_64")]
pub(crate) trait Codes: Tile + amx::Source {}
#[cfg(target_arch = "x86_64")]
impl<T: Tile + amx::Source> Codes for T {}
#[cfg(not(target_arch = "x86_64"))]
pub(crate) trait Codes: Tile {}
#[cfg(not(target_arch = "x86_64"))]
impl<T: Tile> Codes for T {}

/// Runs one pass over codes, in tiles where the set has them.
///
/// # Safety
/// As [`run`]; the query must have as many slots as [`block_bytes`] asks for.
pub(crate) unsafe fn run_codes(isa: Isa, codes: impl Codes, pass: Pass, best: &mut Best) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set; the rest is the caller's.
        Isa::Amx(_) => unsafe { amx::run(codes, pass, best) },
        // SAFETY: the caller's.
        _ => unsafe { run(isa, codes, pass, best) },
    }
}

/// Bytes of codes, spread, that a set multiplies in one step: the query has zeros where a row does not fill the last.
pub(crate) fn block_bytes(isa: Isa) -> usize {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Amx(_) => amx::BLOCK,
        _ => 4,
    }
}

/// Widens little-endian half floats, exactly. Cost: one pass.
///
/// # Panics
/// When `bytes` is not twice as long as `out`.
pub fn f16_to_f32(isa: Isa, bytes: &[u8], out: &mut [f32]) {
    assert_eq!(bytes.len(), 2 * out.len(), "a half float has two bytes");
    match isa {
        Isa::Reference | Isa::Portable => one_by_one(bytes, out),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { avx2::f16_to_f32(bytes, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { avx512::f16_to_f32(bytes, out) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set.
        Isa::Neon(_) | Isa::Dotprod(_) => unsafe { neon::f16_to_f32(bytes, out) },
    }
}
