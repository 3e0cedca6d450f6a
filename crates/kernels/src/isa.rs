#[cfg(target_arch = "x86_64")]
use crate::arch::{Amx, Avx2, Avx512, AvxVnni};
#[cfg(target_arch = "aarch64")]
use crate::arch::{Dotprod, Neon};
use std::fmt;

/// An instruction set that this machine has.
///
/// The variants that need detection carry a token that only detection hands out, so holding an `Isa` is the
/// proof that its kernels may run. Detection is cached by the standard library: asking again costs a load.
///
/// Choose once per query ([`Isa::best`]) and pass it along.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isa {
    /// The obvious loops: the oracle of every test, slow on purpose.
    Reference,
    /// The same arithmetic in blocks that a compiler turns into whatever vectors the target has: what runs where
    /// no set below does.
    Portable,
    /// AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// AVX2 with dot products of four bytes in vectors of 256 bits (AVX-VNNI: Alder Lake, Zen 5 and later; or what
    /// AVX-512 machines have of it): codes are multiplied with them, all else runs as [`Isa::Avx2`].
    #[cfg(target_arch = "x86_64")]
    AvxVnni(AvxVnni),
    /// AVX-512 with VNNI (Ice Lake, Zen 4 and later); older AVX-512 machines run as [`Isa::Avx2`].
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// AVX-512 and the byte tiles of AMX (Sapphire Rapids and later, on Linux): codes are multiplied in tiles, all
    /// else runs as [`Isa::Avx512`].
    ///
    /// The first question for the sets of this machine asks the system for the tiles on behalf of the process, once.
    #[cfg(target_arch = "x86_64")]
    Amx(Amx),
    /// NEON.
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    /// NEON with dot products of four bytes (Cortex-A76, Neoverse N1, Apple M1 and later): codes are multiplied with
    /// them, all else runs as [`Isa::Neon`].
    #[cfg(target_arch = "aarch64")]
    Dotprod(Dotprod),
}

impl Isa {
    /// The fastest set of this machine.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(token) = Amx::detect() {
                return Self::Amx(token);
            }
            if let Some(token) = Avx512::detect() {
                return Self::Avx512(token);
            }
            if let Some(token) = AvxVnni::detect() {
                return Self::AvxVnni(token);
            }
            if let Some(token) = Avx2::detect() {
                return Self::Avx2(token);
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            if let Some(token) = Dotprod::detect() {
                return Self::Dotprod(token);
            }
            if let Some(token) = Neon::detect() {
                return Self::Neon(token);
            }
        }
        Self::Portable
    }

    /// Every set of this machine, slowest first.
    pub fn available() -> Vec<Self> {
        let mut all = vec![Self::Reference, Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(Avx2::detect().map(Self::Avx2));
            all.extend(AvxVnni::detect().map(Self::AvxVnni));
            all.extend(Avx512::detect().map(Self::Avx512));
            all.extend(Amx::detect().map(Self::Amx));
        }
        #[cfg(target_arch = "aarch64")]
        {
            all.extend(Neon::detect().map(Self::Neon));
            all.extend(Dotprod::detect().map(Self::Dotprod));
        }
        all
    }

    /// The set of this name (see [`Isa::name`]), if this machine has it.
    pub fn named(name: &str) -> Option<Self> {
        Self::available().into_iter().find(|isa| isa.name() == name)
    }

    /// `reference`, `portable`, `avx2`, `avxvnni`, `avx512`, `amx`, `neon` or `dotprod`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni(_) => "avxvnni",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Amx(_) => "amx",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "neon",
            #[cfg(target_arch = "aarch64")]
            Self::Dotprod(_) => "dotprod",
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_available_set_is_found_by_its_name() {
        let all = Isa::available();
        assert!(all.len() >= 2);
        for &isa in &all {
            assert_eq!(Isa::named(&isa.to_string()), Some(isa));
        }
        assert_eq!(all.last(), Some(&Isa::best()));
        assert_eq!(Isa::named("mmx"), None);
    }
}
