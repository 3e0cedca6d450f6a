//! Plain loops, compiled for each instruction set.

use crate::Isa;

/// A loop that is written once.
pub(super) trait Loop {
    /// The result.
    type Out;
    /// Runs it: inlined into a function that enables the instructions.
    fn run(self) -> Self::Out;
}

/// Runs a loop with the instructions of a set.
#[inline]
pub(super) fn on<T: Loop>(isa: Isa, each: T) -> T::Out {
    match isa {
        Isa::Reference | Isa::Portable => each.run(),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { avx2(each) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { avx512(each) },
        // Part of the target: the compiler takes it without being asked.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon(_) | Isa::Dotprod(_) => each.run(),
    }
}

/// # Safety
/// An [`crate::Avx2`] must exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn avx2<T: Loop>(each: T) -> T::Out {
    each.run()
}

/// # Safety
/// An [`crate::Avx512`] must exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
unsafe fn avx512<T: Loop>(each: T) -> T::Out {
    each.run()
}

/// Lanes of a sum.
pub(super) const LANES: usize = 16;

/// `Σ of(value)` in sixteen lanes, halves added to halves.
#[inline(always)]
pub(super) fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane += of(value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += of(value);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The largest of `of(value)`; `-inf` of none.
#[inline(always)]
pub(super) fn largest(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            let value = of(value);
            *lane = if value > *lane { value } else { *lane };
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = of(value).max(*lane);
    }
    lanes.into_iter().fold(f32::NEG_INFINITY, f32::max)
}
