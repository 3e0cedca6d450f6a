//! Benchmarks of everything but the kernels, which have a program of their own beside this one.

mod code_sets;
mod encode;
mod encode_rival;
mod fde;
mod fde_candidates;
mod fde_codes;
mod fde_data;
mod fde_ideas;
mod fde_lemur;
mod fde_moments;
mod fde_rival;
mod fde_seeds;
mod fde_tokens;
mod flat;
mod kmeans;
mod memory;
mod peers;
mod plan;
mod quality;
mod quantize;
mod reduce;
mod scale;
mod sets;
mod text;
mod token_sets;

use pleiad_bench_measure::command::{self, Benchmark};
use pleiad_bench_measure::{clock, data, machine, report, rounds};
use std::process::ExitCode;

const BENCHMARKS: [Benchmark; 15] = [
    ("fde", "sets encoded per second, and candidates needed until exact answers are among them", fde::run),
    ("fde-ideas", "the same candidates with ideas beyond the paper, none of them taken", fde_ideas::run),
    (
        "quantize",
        "what token codes lose, beside PLAID's and others that are not in the library",
        quantize::run,
    ),
    ("kmeans", "centroids trained and found per second, and what rounds and rows are worth", kmeans::run),
    ("reduce", "what token pooling costs: Ward and runs of neighbors", reduce::run),
    ("fde-codes", "the same candidates with quantizers that are not in the library", fde_codes::run),
    ("plan", "recall promised by calibrations, and found on held-out queries", plan::run),
    ("plan-lengths", "the same by the length of queries (say which: SET..)", plan::run_lengths),
    (
        "plan-text",
        "the same for the fused ranking of text (say where collections are kept: FOLDER [SET..])",
        plan::run_text,
    ),
    (
        "peers",
        "build, bytes and CPU per query at a recall, beside other engines (say which: NAME..)",
        peers::run,
    ),
    ("encode", "tokens through a transformer per second, against ONNX Runtime", encode::run),
    ("flat", "what a coarse level of FDE signs loses, and what it saves", flat::run),
    (
        "text",
        "relevance, bytes and CPU of the default search over text, beside BM25 (say which: NAME..)",
        text::run,
    ),
    ("sets", "relevance of vector sets by facet beside one set of each document", sets::run),
    ("scale", "what a search costs in ten thousand to a million documents (say which: SIZE..)", scale::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, second, rest @ ..] = &arguments[..]
        && (first.as_str(), second.as_str()) == ("peers", "child")
    {
        return match peers::run_child(rest) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    command::run(&BENCHMARKS)
}
