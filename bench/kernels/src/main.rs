//! The kernels' own benchmarks: what they do beside others and beside what the machine can do at most.

mod kernels;
mod maxsim;
mod rival;
mod scan;

use pleiad_bench_measure::command::{self, Benchmark};
use pleiad_bench_measure::{clock, data, machine, peak, report, rounds};
use std::process::ExitCode;

const BENCHMARKS: [Benchmark; 3] = [
    (
        "maxsim",
        "documents scored per second by f32 MaxSim, against a matrix product and a maximum",
        maxsim::run,
    ),
    (
        "kernels",
        "documents scored per second in every format: f32, halves, codes of 8 to 1 bits",
        kernels::run,
    ),
    ("scan", "single vectors scanned per second: f32, int8, one bit", scan::run),
];

fn main() -> ExitCode {
    command::run(&BENCHMARKS)
}
