//! Searches under filters: the promise under every family of them, and what it costs.

mod attributes;
mod families;
mod filters;
mod partitions;
mod rivals;
mod sets;

use pleiad_bench_measure::command::{self, Benchmark};
use std::process::ExitCode;

const BENCHMARKS: [Benchmark; 4] = [
    ("filters", "recall promised and found under filters, and its cost (say which: SET..)", filters::run),
    ("partitions", "partitions read until there are enough matches, beside the depth rule", partitions::run),
    ("filters-rivals", "hits, recall and cost under filters beside qdrant-edge and lancedb", rivals::run),
    ("attributes", "the index of attributes: bytes, building, and the rows of a filter", attributes::run),
];

fn main() -> ExitCode {
    command::run(&BENCHMARKS)
}
