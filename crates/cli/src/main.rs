//! The command line of Pleiad: arguments, printing and exit codes around `pleiad-text` and the engine.

mod about;
mod args;
mod commands;
mod console;
mod environment;
mod exit;
mod hits;
mod interrupt;
mod output;
mod places;
mod process;
mod progress;
mod run_file;
mod screen;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(text) = about::asked() {
        return match write!(output::stdout(), "{text}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => exit::Failure::from(error).report(),
        };
    }
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::report_usage(&error),
    };
    output::set_color(cli.color);
    match process::prepare().and_then(|()| commands::run(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
