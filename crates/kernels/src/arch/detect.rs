//! Proofs that this machine has an instruction set: each is given by detection alone.

#[cfg(target_arch = "aarch64")]
use std::arch::is_aarch64_feature_detected;

/// The permission to run AVX2, FMA and F16C, given by detection.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Avx2(());

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// The permission, if this machine has all three.
    pub(crate) fn detect() -> Option<Self> {
        let detected = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c");
        detected.then_some(Self(()))
    }
}

/// The permission to run AVX2, FMA, F16C and VPDPBUSD of 256 bits, given by detection.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AvxVnni(pub(super) Encoding);

/// The encoding of VPDPBUSD that a machine has.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Encoding {
    Vex,
    Evex,
}

#[cfg(target_arch = "x86_64")]
impl AvxVnni {
    /// The permission, if this machine has all of them.
    pub(crate) fn detect() -> Option<Self> {
        Avx2::detect()?;
        if is_x86_feature_detected!("avxvnni") {
            return Some(Self(Encoding::Vex));
        }
        let detected = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni");
        detected.then_some(Self(Encoding::Evex))
    }
}

/// The permission to run AVX-512 F, BW, DQ, VL and VNNI, given by detection.
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Avx512(());

#[cfg(target_arch = "x86_64")]
impl Avx512 {
    /// The permission, if this machine has all of them, and AVX2 and FMA, as every such machine does.
    pub(crate) fn detect() -> Option<Self> {
        let detected = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma");
        detected.then_some(Self(()))
    }
}

/// The permission to run NEON, given by detection.
#[cfg(target_arch = "aarch64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Neon(());

#[cfg(target_arch = "aarch64")]
impl Neon {
    /// The permission, if this machine has it and keeps the lowest byte first.
    pub(crate) fn detect() -> Option<Self> {
        (cfg!(target_endian = "little") && is_aarch64_feature_detected!("neon")).then_some(Self(()))
    }
}

/// The permission to run NEON and its dot products of bytes, given by detection.
#[cfg(target_arch = "aarch64")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dotprod(Neon);

#[cfg(target_arch = "aarch64")]
impl Dotprod {
    /// The permission, if this machine has both.
    pub(crate) fn detect() -> Option<Self> {
        let neon = Neon::detect()?;
        is_aarch64_feature_detected!("dotprod").then_some(Self(neon))
    }
}
