//! Plain loops, compiled for each instruction set.

use crate::Isa;

/// A loop that is written once.
pub(super) trait Loop {
    /// The result.
    type Out;
    /// Runs it: inlined into a function that enables the instructions. `FUSES` says whether these have one for a product
    /// and a sum.
    fn run<const FUSES: bool>(self) -> Self::Out;
}

/// Runs a loop with the instructions of a set.
#[inline]
pub(super) fn on<T: Loop>(isa: Isa, each: T) -> T::Out {
    match isa {
        Isa::Reference | Isa::Portable => each.run::<false>(),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { avx2(each) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token proves the set.
        Isa::Avx512(_) | Isa::Amx(_) => unsafe { avx512(each) },
        // Part of the target: the compiler takes it without being asked.
        #[cfg(target_arch = "aarch64")]
        Isa::Neon(_) | Isa::Dotprod(_) => each.run::<true>(),
    }
}

/// # Safety
/// An [`crate::Avx2`] must exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn avx2<T: Loop>(each: T) -> T::Out {
    each.run::<true>()
}

/// # Safety
/// An [`crate::Avx512`] must exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")]
unsafe fn avx512<T: Loop>(each: T) -> T::Out {
    each.run::<true>()
}

/// Lanes of a sum.
pub(super) const LANES: usize = 16;

/// Sums beside each other: an addition waits for the one before it, but not for that of another sum.
const CHAINS: usize = 4;

/// `Σ of(value)` in four times sixteen lanes, halves added to halves.
#[inline(always)]
pub(super) fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    folded(values, 0.0, |sum, value| sum + of(value), |a, b| a + b)
}

/// The largest of `of(value)`; `-inf` of none.
#[inline(always)]
pub(super) fn largest(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    folded(values, f32::NEG_INFINITY, |most, value| larger(of(value), most), larger)
}

/// Folds values into lanes that start at `start`, and lanes into one.
#[inline(always)]
fn folded(values: &[f32], start: f32, fold: impl Fn(f32, f32) -> f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut chains = [[start; LANES]; CHAINS];
    let (blocks, rest) = values.as_chunks::<{ LANES * CHAINS }>();
    for block in blocks {
        for (chain, part) in chains.iter_mut().zip(block.as_chunks::<LANES>().0) {
            for (lane, &value) in chain.iter_mut().zip(part) {
                *lane = fold(*lane, value);
            }
        }
    }
    let [mut lanes, second, third, fourth] = chains;
    for (lane, ((&b, &c), &d)) in lanes.iter_mut().zip(second.iter().zip(&third).zip(&fourth)) {
        *lane = join(join(*lane, b), join(c, d));
    }
    let (blocks, rest) = rest.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane = fold(*lane, value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = fold(*lane, value);
    }
    joined(lanes, join)
}

/// Joins lanes, halves with halves.
#[inline(always)]
pub(super) fn joined(mut lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}
