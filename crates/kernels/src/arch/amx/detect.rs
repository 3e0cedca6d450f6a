//! Detects whether this process may use tiles.

use crate::arch::Avx512;
use std::arch::asm;
use std::arch::x86_64::{__cpuid_count, _xgetbv};
use std::sync::OnceLock;

/// The permission to run AMX on bytes, given by detection and by the kernel of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amx(());

impl Amx {
    /// The permission, if this machine has tiles and the system lets this process use them.
    pub(crate) fn detect() -> Option<Self> {
        static GRANTED: OnceLock<bool> = OnceLock::new();
        Avx512::detect()?;
        // SAFETY: whoever has AVX-512 has `xgetbv`: its detection asked it.
        let granted = GRANTED.get_or_init(|| unsafe { has_tiles() } && tiles_are_granted());
        granted.then_some(Self(()))
    }
}

/// Returns whether there are tiles of bytes, and the system keeps them when it switches threads.
///
/// # Safety
/// `xgetbv` must be there.
#[target_feature(enable = "xsave")]
unsafe fn has_tiles() -> bool {
    const TILE_AND_INT8: u32 = 1 << 24 | 1 << 25;
    const STATE: u64 = 1 << 17 | 1 << 18;
    // SAFETY: the caller vouches for it.
    __cpuid_count(7, 0).edx & TILE_AND_INT8 == TILE_AND_INT8 && unsafe { _xgetbv(0) } & STATE == STATE
}

/// Linux grants the 8 KiB of state that tiles have to processes that ask (`arch_prctl`, `ARCH_REQ_XCOMP_PERM`), and
/// refuses where a thread's stack for signals would be too small. Asking twice does no harm.
#[cfg(target_os = "linux")]
fn tiles_are_granted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: i64 = 0x1023;
    const TILE_DATA: i64 = 18;
    let result: i64;
    // SAFETY: a system call that takes two numbers and touches no memory of ours.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") TILE_DATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result == 0
}

#[cfg(not(target_os = "linux"))]
fn tiles_are_granted() -> bool {
    false
}
