//! Tenants: a program of its own, which compiles nothing but the engine.

mod tenants;

use pleiad_bench_measure::command::{self, Benchmark};
use std::process::ExitCode;

const BENCHMARKS: [Benchmark; 1] =
    [("tenants", "a search of one tenant of a thousand, beside a collection of its own", tenants::run)];

fn main() -> ExitCode {
    command::run(&BENCHMARKS)
}
