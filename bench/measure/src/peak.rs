//! Limits of the machine, measured in the same run.

use crate::clock::{median, seconds_of};
use std::hint::black_box;

/// Loops of one instruction each, on sums that do not wait for one another: they tell the operations that they did.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::hint::black_box;

    const SUMS: usize = 12;

    /// `name(rounds)`: where the set's features are there, `step` of a sum and `factor`, of so many products.
    macro_rules! busy_loop {
        (
            $(#[$about:meta])*
            $name:ident on $features:literal
            from $first:expr, $factor:expr,
            step $step:expr, products $num:literal
        ) => {
            $(#[$about])*
            #[target_feature(enable = $features)]
            pub fn $name(rounds: usize) -> f64 {
                let factor = $factor;
                let mut sums = [$first; SUMS];
                for _ in 0..rounds {
                    for sum in &mut sums {
                        *sum = $step(*sum, factor, factor);
                    }
                }
                black_box(sums);
                (rounds * SUMS * $num * 2) as f64
            }
        };
    }

    busy_loop!(
        fma_avx512 on "avx512f"
        from _mm512_set1_ps(black_box(1.0)), _mm512_set1_ps(black_box(0.999)),
        step _mm512_fmadd_ps, products 16
    );
    busy_loop!(
        fma_avx2 on "avx2,fma"
        from _mm256_set1_ps(black_box(1.0)), _mm256_set1_ps(black_box(0.999)),
        step _mm256_fmadd_ps, products 8
    );
    busy_loop!(
        bytes_avx512 on "avx512f,avx512vnni"
        from _mm512_set1_epi32(black_box(1)), _mm512_set1_epi32(black_box(ONES)),
        step _mm512_dpbusd_epi32, products 64
    );
    busy_loop!(
        bytes_avxvnni on "avx2,avxvnni"
        from _mm256_set1_epi32(black_box(1)), _mm256_set1_epi32(black_box(ONES)),
        step _mm256_dpbusd_avx_epi32, products 32
    );
    busy_loop!(
        /// The same instruction in the encoding of AVX-512.
        bytes_avx512vl on "avx512f,avx512vl,avx512vnni"
        from _mm256_set1_epi32(black_box(1)), _mm256_set1_epi32(black_box(ONES)),
        step _mm256_dpbusd_epi32, products 32
    );

    /// Four bytes of one.
    const ONES: i32 = 0x0101_0101;
}

/// Operations of a loop of products of byte tiles, which an [`pleiad_kernels::Isa::Amx`] may run.
#[cfg(target_arch = "x86_64")]
fn tiles(rounds: usize) -> f64 {
    #[repr(C, align(64))]
    struct Shape([u8; 64]);
    let mut shape = Shape([0; 64]);
    shape.0[0] = 1;
    for tile in 0..8 {
        (shape.0[16 + 2 * tile], shape.0[48 + tile]) = (64, 16);
    }
    // SAFETY: the caller has the permission; tiles are zero, and empty again at the end.
    unsafe {
        std::arch::asm!(
            "ldtilecfg [{shape}]",
            "2:",
            "tdpbusd tmm0, tmm4, tmm6",
            "tdpbusd tmm1, tmm4, tmm7",
            "tdpbusd tmm2, tmm5, tmm6",
            "tdpbusd tmm3, tmm5, tmm7",
            "dec {rounds}",
            "jnz 2b",
            "tilerelease",
            shape = in(reg) &raw const shape,
            rounds = inout(reg) rounds => _,
            options(nostack),
        );
    }
    (rounds * 4 * 2 * 16 * 16 * 64) as f64
}

const ROUNDS: usize = 2_000_000;

/// `f32` operations per CPU second of the widest multiply-adds there are; `None` where none is known.
pub fn fma_per_second() -> Option<f64> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: just detected.
        return Some(rate(|| unsafe { x86::fma_avx512(ROUNDS) }));
    }
    narrow_fma_per_second()
}

/// `f32` operations per CPU second of multiply-adds of 256 bits, where there are any.
pub fn narrow_fma_per_second() -> Option<f64> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: just detected.
        return Some(rate(|| unsafe { x86::fma_avx2(ROUNDS) }));
    }
    None
}

/// Operations per CPU second of the dot products of four bytes in vectors of 256 bits, where there are any.
pub fn narrow_bytes_per_second() -> Option<f64> {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avxvnni") {
            // SAFETY: just detected.
            return Some(rate(|| unsafe { x86::bytes_avxvnni(ROUNDS) }));
        }
        if is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("avx512vnni") {
            // SAFETY: just detected.
            return Some(rate(|| unsafe { x86::bytes_avx512vl(ROUNDS) }));
        }
    }
    None
}

/// Operations per CPU second of the dot products of four bytes, where there are any.
pub fn bytes_per_second() -> Option<f64> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512vnni") {
        // SAFETY: just detected.
        return Some(rate(|| unsafe { x86::bytes_avx512(ROUNDS) }));
    }
    None
}

/// Operations per CPU second of products of byte tiles, where there are any.
pub fn tiles_per_second() -> Option<f64> {
    #[cfg(target_arch = "x86_64")]
    if matches!(pleiad_kernels::Isa::best(), pleiad_kernels::Isa::Amx(_)) {
        return Some(rate(|| tiles(ROUNDS / 10)));
    }
    None
}

fn rate(mut work: impl FnMut() -> f64) -> f64 {
    let mut operations = 0.0;
    let seconds = seconds_of(|| operations = work());
    operations / seconds
}

/// Bytes per CPU second that one core copies from memory to memory (each byte is read and written).
pub fn copied_bytes_per_second(memory: &[f32]) -> f64 {
    const VALUES: usize = 4 << 20;
    let mut target = vec![0.0f32; VALUES];
    let rates = memory.chunks_exact(VALUES).take(9).map(|source| {
        let seconds = seconds_of(|| {
            target.copy_from_slice(source);
            black_box(&mut target);
        });
        size_of_val(source) as f64 / seconds
    });
    median(rates.collect())
}
