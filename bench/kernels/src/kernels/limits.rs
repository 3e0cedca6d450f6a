//! What this machine can do at most.

use super::SIGNS;
use crate::clock::median;
use crate::data::DOC_OPERATIONS;
use crate::peak;
use crate::report::grouped;
use pleiad_kernels::Isa;

/// What this machine can do at most, measured now.
pub(super) struct Limits {
    multiply_adds: Option<f64>,
    bytes: Option<f64>,
    tiles: Option<f64>,
    bf16: Option<f64>,
    counts: Option<f64>,
    narrow_multiply_adds: Option<f64>,
    narrow_bytes: Option<f64>,
    /// Bytes copied per second.
    pub(super) copied: f64,
}

impl Limits {
    pub(super) fn measure(memory: &[f32]) -> Self {
        let most = |peak: fn() -> Option<f64>| {
            let all: Option<Vec<f64>> = (0..9).map(|_| peak()).collect();
            all.map(median)
        };
        Self {
            multiply_adds: most(peak::fma_per_second),
            bytes: most(peak::bytes_per_second),
            tiles: most(peak::tiles_per_second),
            bf16: most(peak::bf16_per_second),
            counts: most(peak::counts_per_second),
            narrow_multiply_adds: most(peak::narrow_fma_per_second),
            narrow_bytes: most(peak::narrow_bytes_per_second),
            copied: peak::copied_bytes_per_second(memory),
        }
    }

    /// The peak of the instructions that a set takes for a format; unknown where there is none.
    pub(super) fn peak(&self, isa: Isa, format: &str) -> Option<f64> {
        let is_code = format == "int8" || format.ends_with("bits") || format.ends_with("bit");
        match (isa.name(), is_code) {
            ("amx" | "avx512", _) if format == SIGNS => self.counts,
            (_, _) if format == SIGNS => None,
            ("amx", true) => self.tiles,
            ("avx512", true) => self.bytes,
            // In pairs or widened, whichever is faster.
            ("amx" | "avx512", false) if format == "bf16" => {
                Some(self.multiply_adds?.max(self.bf16.unwrap_or(0.0)))
            }
            ("amx" | "avx512", false) => self.multiply_adds,
            ("avxvnni", true) => self.narrow_bytes,
            ("avx2" | "avxvnni", false) => self.narrow_multiply_adds,
            _ => None,
        }
    }
}

impl std::fmt::Display for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let per_doc = |rate: Option<f64>| {
            rate.map_or("none here".to_owned(), |rate| {
                format!("{:.0} Gop/s = {} documents/s", rate / 1e9, grouped(rate / DOC_OPERATIONS))
            })
        };
        write!(
            f,
            "Peaks of loops that touch no memory: multiply-adds of f32 {}, in 256 bits {}, dot products of four bytes \
             (VPDPBUSD) {}, in 256 bits {}, \
             of byte tiles (TDPBUSD) {}, of bfloat16 pairs (VDPBF16PS) {}, \
             of differing bits counted (VPXORD, VPOPCNTD, VPADDD) {}. One core copies {:.1} GB/s.",
            per_doc(self.multiply_adds),
            per_doc(self.narrow_multiply_adds),
            per_doc(self.bytes),
            per_doc(self.narrow_bytes),
            per_doc(self.tiles),
            per_doc(self.bf16),
            per_doc(self.counts),
            self.copied / 1e9
        )
    }
}
