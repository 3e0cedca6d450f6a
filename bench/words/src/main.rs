//! Lexical search beside tantivy: the same terms, the same formula, the same queries.

mod rival;
mod texts;
mod words;

use pleiad_bench_measure::command::{self, Benchmark};
use std::process::ExitCode;

const BENCHMARKS: [Benchmark; 1] =
    [("words", "BM25 over 100,000 texts: queries, bytes and indexing, beside tantivy", words::run)];

fn main() -> ExitCode {
    command::run(&BENCHMARKS)
}
