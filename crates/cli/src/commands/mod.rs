//! One file per command: it opens what its flags name, calls the engine, prints.

mod add;
mod backup;
mod compact;
mod completions;
mod count;
mod create;
mod delete;
mod demo;
mod encode;
mod eval;
mod explain;
mod export;
mod find;
mod get;
mod info;
#[cfg(feature = "serve")]
mod key;
mod list;
mod man;
mod patch;
mod repair;
mod restore;
mod search;
#[cfg(feature = "serve")]
mod serve;
mod snapshot;
mod tenants;
mod tune;
mod tune_sets;
mod upgrade;
mod values;
mod verify;

use crate::args::Command;
use crate::exit::Result;
use std::path::Path;

/// Runs one command to its end. What goes wrong with its collection is told with the folder, not the file alone.
pub(crate) fn run(command: Command) -> Result<()> {
    let folder = command.collection().map(Path::to_owned);
    dispatch(command).map_err(|failure| match &folder {
        Some(folder) => failure.in_collection(folder),
        None => failure,
    })
}

fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Find(args) => find::run(&args),
        Command::Create(args) => create::run(&args),
        Command::Add(args) => add::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Tune(args) => tune::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Get(args) => get::run(&args),
        Command::List(args) => list::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Count(args) => count::run(&args),
        Command::Tenants(args) => tenants::run(&args),
        Command::Values(args) => values::run(&args),
        Command::Patch(args) => patch::run(&args),
        Command::Delete(args) => delete::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Encode(args) => encode::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Compact(args) => compact::run(&args),
        Command::Upgrade(args) => upgrade::run(&args),
        Command::Repair(args) => repair::run(&args),
        Command::Snapshot(args) => snapshot::run(&args.action),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(&args),
        #[cfg(feature = "serve")]
        Command::Key(args) => key::run(&args.action),
        Command::Demo(args) => demo::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}
