//! `NAME`: runs one benchmark, prints its table and writes it to `benchmarks/NAME.md`.

use crate::report::Report;
use std::process::ExitCode;

/// A benchmark: its name, what it answers, and how it runs.
pub type Benchmark = (&'static str, &'static str, fn() -> Report);

/// Runs the benchmark that the first argument names.
pub fn run(benchmarks: &[Benchmark]) -> ExitCode {
    let Some(name) = std::env::args().nth(1) else {
        return usage(benchmarks);
    };
    let Some((name, _, run)) = benchmarks.iter().find(|(known, ..)| *known == name) else {
        return usage(benchmarks);
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

fn usage(benchmarks: &[Benchmark]) -> ExitCode {
    eprintln!("usage: bench NAME\n");
    for (name, question, _) in benchmarks {
        eprintln!("  {name:<10} {question}");
    }
    ExitCode::from(2)
}
