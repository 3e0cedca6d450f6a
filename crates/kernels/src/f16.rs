//! Half floats in bulk, by the instructions of a set.

#![allow(unsafe_code)]

use crate::Isa;
use crate::half::one_by_one;

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
        Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { crate::arch::avx2::f16_to_f32(bytes, out) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { crate::arch::avx512::f16_to_f32(bytes, out) },
        #[cfg(target_arch = "aarch64")]
        // SAFETY: the token proves the set.
        Isa::Neon(_) | Isa::Dotprod(_) => unsafe { crate::arch::neon::f16_to_f32(bytes, out) },
    }
}
