//! `bench <name>`: runs one benchmark, prints its table and writes it to `benchmarks/<name>.md`.
//!
//! Times are CPU time of the measuring thread, so that a busy machine disturbs less. In every round each
//! contender runs once; figures are medians over the rounds, and a ratio is the median of the ratios *within*
//! a round, which both sides of it met under the same load.

mod clock;
mod data;
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
mod kernels;
mod kmeans;
mod machine;
mod maxsim;
mod peak;
mod peers;
mod plan;
mod quality;
mod quantise;
mod reduce;
mod report;
mod rival;
mod rounds;
mod scan;
mod signs;
mod token_sets;

use std::process::ExitCode;

/// A benchmark: its name, what it answers, and how it runs.
type Benchmark = (&'static str, &'static str, fn() -> report::Report);

const BENCHMARKS: [Benchmark; 13] = [
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
    ("fde", "sets encoded per second, and candidates needed until exact answers are among them", fde::run),
    ("fde-ideas", "the same candidates with ideas beyond the paper, none of them taken", fde_ideas::run),
    (
        "quantise",
        "what token codes lose, beside PLAID's and others that are not in the library",
        quantise::run,
    ),
    ("kmeans", "centroids trained and found per second, and what rounds and rows are worth", kmeans::run),
    ("reduce", "what fewer rows cost: Ward, k-means, neighbours, words, skip-lists", reduce::run),
    ("fde-codes", "the same candidates with quantisers that are not in the library", fde_codes::run),
    ("plan", "recall promised by calibrations, and found on held-out queries", plan::run),
    (
        "peers",
        "build, bytes and CPU per query at a recall, beside other engines (say which: NAME..)",
        peers::run,
    ),
    ("encode", "tokens through a transformer per second, against ONNX Runtime", encode::run),
    ("signs", "candidates of one bit a dimension, with queries of bytes and of signs", signs::run),
    ("scan", "single vectors scanned per second: f32, int8, one bit", scan::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(name) = arguments.first() else {
        return usage();
    };
    if let ("peers", Some("child")) = (name.as_str(), arguments.get(1).map(String::as_str)) {
        return match peers::run_child(&arguments[2..]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let Some((name, _, run)) = BENCHMARKS.iter().find(|(known, ..)| known == name) else {
        return usage();
    };
    match run().publish(name) {
        Ok(path) => {
            println!("recorded in {}", path.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the table could not be recorded: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: bench NAME\n");
    for (name, question, _) in BENCHMARKS {
        eprintln!("  {name:<10} {question}");
    }
    ExitCode::from(2)
}
