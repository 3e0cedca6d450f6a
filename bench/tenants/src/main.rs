//! Tenants: a program of its own, which compiles nothing but the engine.

mod curator;
mod grants;
mod tenants;

use pleiad_bench_measure::command::{self, Benchmark};
use std::process::ExitCode;

const BENCHMARKS: [Benchmark; 2] = [
    ("tenants", "a search of one tenant of a thousand, beside a collection of its own", tenants::run),
    (
        "grants",
        "documents of several groups: a filter, Curator's tree, a collection for each group",
        grants::run,
    ),
];

fn main() -> ExitCode {
    command::run(&BENCHMARKS)
}
