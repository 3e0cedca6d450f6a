//! One file per command: it opens what its flags name, calls the engine, prints.

mod add;
mod completions;
mod create;
mod delete;
mod demo;
mod eval;
mod explain;
mod get;
mod info;
mod man;
mod search;
mod upgrade;
mod verify;

use crate::args::Command;
use crate::exit::Result;

/// Runs one command to its end.
pub(crate) fn run(command: Command) -> Result<()> {
    match command {
        Command::Create(args) => create::run(&args),
        Command::Add(args) => add::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Get(args) => get::run(&args),
        Command::Delete(args) => delete::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Upgrade(args) => upgrade::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
