//! Limits of this machine.

use crate::clock::median;
use crate::data::DOC_OPERATIONS;
use crate::peak;
use crate::report::grouped;
use pleiad_kernels::Isa;

/// Loops that touch no memory, and what they do.
const LOOPS: [(&str, fn() -> Option<f64>); 5] = [
    ("multiply-adds of f32", peak::fma_per_second),
    ("the same in 256 bits", peak::narrow_fma_per_second),
    ("dot products of four bytes (VPDPBUSD)", peak::bytes_per_second),
    ("the same in 256 bits", peak::narrow_bytes_per_second),
    ("of byte tiles (TDPBUSD)", peak::tiles_per_second),
];
const WIDE: usize = 0;
const NARROW: usize = 1;
const BYTES: usize = 2;
const NARROW_BYTES: usize = 3;
const TILES: usize = 4;

/// Operations per CPU second of each loop, round by round: what disturbs a round disturbs them too.
#[derive(Default)]
pub(super) struct Peaks(Vec<[Option<f64>; LOOPS.len()]>);

impl Peaks {
    /// Runs every loop once.
    pub(super) fn measure_round(&mut self) {
        self.0.push(LOOPS.map(|(_, run)| run()));
    }

    /// Takes the rounds of others.
    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// The median, over the rounds, of the share that some documents per second are of the instructions that a set takes
    /// for a format; unknown where there is no loop of them.
    pub(super) fn share(&self, isa: Isa, format: &str, rates: &[f64]) -> Option<f64> {
        let shares = rates.iter().zip(&self.0).map(|(rate, round)| {
            let peak = peak_of(isa, format, round)?;
            Some(rate * DOC_OPERATIONS / peak)
        });
        shares.collect::<Option<Vec<f64>>>().map(median)
    }
}

fn peak_of(isa: Isa, format: &str, round: &[Option<f64>; LOOPS.len()]) -> Option<f64> {
    let is_code = format == "int8" || format.ends_with("bits") || format.ends_with("bit");
    match (isa.name(), is_code) {
        ("amx", true) => round[TILES],
        ("avx512", true) => round[BYTES],
        ("amx" | "avx512", false) => round[WIDE],
        ("avxvnni", true) => round[NARROW_BYTES],
        ("avx2" | "avxvnni", false) => round[NARROW],
        _ => None,
    }
}

impl std::fmt::Display for Peaks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Loops that touch no memory, medians of all rounds:")?;
        for (at, (name, _)) in LOOPS.iter().enumerate() {
            let rates: Option<Vec<f64>> = self.0.iter().map(|round| round[at]).collect();
            let rate = rates.map_or("none here".to_owned(), |rates| {
                let rate = median(rates);
                format!("{:.0} Gop/s = {} documents/s", rate / 1e9, grouped(rate / DOC_OPERATIONS))
            });
            write!(f, "{} {name} {rate}", if at == 0 { "" } else { "," })?;
        }
        f.write_str(".")
    }
}
