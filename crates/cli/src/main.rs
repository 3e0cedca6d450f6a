//! The command line of Pleiad: arguments, printing and exit codes around `pleiad-text` and the engine.

mod args;
mod backup_destination;
mod commands;
mod console;
mod environment;
mod exit;
mod hits;
mod interrupt;
mod output;
mod process;
mod progress;
mod reduction;
mod run_file;

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
