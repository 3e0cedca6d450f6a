//! The kill test of `pleiad-crash`, run against other engines.
//!
//! A child of the engine applies batches that it is given, one line of JSON each, and answers each with a line once the
//! engine said that it is done. It is killed at a random moment; another child then lists everything that is there.
//! Everything about a document follows from its key and version, so a loss or a mix-up shows.

mod check;
mod engine;
mod model;
mod next_plaid_bench;
mod next_plaid_child;
mod rounds;

use std::env;
use std::process::ExitCode;

/// Errors of any kind end the program: there is nothing to do about them here.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str =
    "peers [--rounds N] [engine...]: next-plaid, qdrant-edge, xtr-warp-rs (all that are installed)";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["child", role, folder] => next_plaid_child::run(role, folder).map(|()| String::new()),
        ["bench", ref args @ ..] => next_plaid_bench::run(args).map(|()| String::new()),
        _ => run(&args),
    };
    match outcome {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<String> {
    let (mut num_rounds, mut names) = (25, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--rounds" => num_rounds = args.next().ok_or(USAGE)?.parse()?,
            name if engine::NAMES.contains(&name) => names.push(name),
            _ => return Err(USAGE.into()),
        }
    }
    if names.is_empty() {
        names = engine::NAMES.to_vec();
    }
    let mut rows = Vec::new();
    for name in names {
        match engine::find(name) {
            Ok(engine) => rows.push(rounds::run(&engine, num_rounds)?),
            Err(why) => eprintln!("{name} is not run: {why}"),
        }
    }
    Ok(rounds::table(&rows))
}
