//! One suite of properties, applied to every instruction set of the machine.

/// Makes each named function a test per instruction set.
macro_rules! on_every_isa {
    ($($check:ident),+ $(,)?) => {
        on_every_isa!(@isa reference: $($check),+);
        on_every_isa!(@isa portable: $($check),+);
        #[cfg(target_arch = "x86_64")]
        on_every_isa!(@isa avx2: $($check),+);
        #[cfg(target_arch = "x86_64")]
        on_every_isa!(@isa avxvnni: $($check),+);
        #[cfg(target_arch = "x86_64")]
        on_every_isa!(@isa avx512: $($check),+);
        #[cfg(target_arch = "x86_64")]
        on_every_isa!(@isa amx: $($check),+);
        #[cfg(target_arch = "aarch64")]
        on_every_isa!(@isa neon: $($check),+);
        #[cfg(target_arch = "aarch64")]
        on_every_isa!(@isa dotprod: $($check),+);
    };
    (@isa $isa:ident: $($check:ident),+) => {
        mod $isa {
            $(#[test]
            fn $check() {
                match pleiad_kernels::Isa::named(stringify!($isa)) {
                    Some(isa) => super::$check(isa),
                    None => eprintln!("not run: this machine has no {}", stringify!($isa)),
                }
            })+
        }
    };
}

mod bits;
mod centroid;
mod dots;
mod gemm;
mod halves;
mod maxsim;
mod nibbles;
mod packed;
mod quantized;
mod shapes;
mod support;
mod tiles;
