//! The command line of Pleiad: it translates between files, terminals and the engine, and holds no search logic.

mod args;
mod backup_destination;
mod commands;
mod encoder;
mod exit;
mod highlight;
#[cfg(feature = "hub")]
mod hub;
mod ingest;
mod input;
mod interrupt;
mod model_folder;
mod output;
mod process;
mod progress;
mod reduction;
mod row_words;
mod run_file;
mod shown;
mod vector_folder;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = args::Cli::parse();
    output::set_color(cli.color);
    match process::prepare().and_then(|()| commands::run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
