//! The thin part of each instruction set: how its lanes load, multiply and compare, and the entry points that
//! turn the features on.

#![allow(unsafe_code)]

use crate::Isa;
use crate::scan::{Best, Pass, Tile, scan};

pub(crate) mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;

/// Runs one pass on the lanes of a set. The reference has none: panels loop over their rows themselves.
///
/// # Safety
/// The rows and query tokens that the pass names must lie within what the tile points to, and the group must be
/// as wide as [`crate::panel::groups`] cuts it for this set.
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
        Isa::Avx512(_) => unsafe { avx512::run(tile, pass, best) },
    }
}
