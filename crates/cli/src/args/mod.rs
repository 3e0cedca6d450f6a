//! Flags as they are typed. What they mean is settled in `commands`.

mod add;
mod create;
mod demo;
mod distill;
mod documents;
mod encode;
mod eval;
mod find;
mod inspect;
mod languages;
mod maintain;
mod memory;
mod model;
mod pool;
mod safety;
mod search;
mod shell;
mod tune;
mod wait;
mod words;

pub(crate) use add::AddArgs;
pub(crate) use create::{CreateArgs, EncoderName, TokenCodeName};
pub(crate) use demo::DemoArgs;
pub(crate) use distill::DistillArgs;
pub(crate) use documents::{DeleteArgs, GetArgs};
pub(crate) use encode::EncodeArgs;
pub(crate) use eval::EvalArgs;
pub(crate) use find::FindArgs;
pub(crate) use inspect::{InfoArgs, VerifyArgs};
pub(crate) use languages::LanguageArgs;
pub(crate) use maintain::{CompactArgs, UpgradeArgs};
pub(crate) use memory::MemoryArgs;
pub(crate) use model::ModelArgs;
pub(crate) use pool::PoolArgs;
pub(crate) use safety::{BackupArgs, NamedArgs, RepairArgs, RestoreArgs, SnapshotAction, SnapshotArgs};
pub(crate) use search::{ExplainArgs, SearchArgs};
pub(crate) use shell::{CompletionsArgs, ManArgs};
pub(crate) use tune::TuneArgs;
pub(crate) use wait::WaitArgs;
pub(crate) use words::{Mode, WordsArgs};

use crate::exit;
use clap::{ColorChoice, Parser, Subcommand};
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  pleiad demo                                  a small collection, searched and measured, in seconds
  pleiad find \"trip to the mountains\" ~/notes   asks files once, and keeps nothing
  pleiad add notes ~/notes                     every .txt and .md file below a folder
  pleiad search notes \"trip to the mountains\"  the best documents, matching words marked
  pleiad explain notes \"trip to the mountains\" ~/notes/alps.md";

/// A search engine for sets of vectors.
///
/// A document is a set of token vectors; its score for a query is the sum, over the query's tokens, of the best inner
/// product with a token of the document (MaxSim). A collection is a folder: text goes in through the built-in encoder,
/// or token vectors of any model as they are.
#[derive(Debug, Parser)]
#[command(name = "pleiad", version, after_help = EXAMPLES, after_long_help = long_help(), arg_required_else_help = true)]
pub(crate) struct Cli {
    /// When to use colours and to mark matching words. `auto` also heeds NO_COLOR.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) color: ColorChoice,

    #[command(subcommand)]
    pub(crate) command: Command,
}

fn long_help() -> String {
    format!("{EXAMPLES}\n\n{}", exit::DOCUMENTATION)
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Finds the best of some files at once, without a collection.
    Find(FindArgs),
    /// Creates an empty collection.
    Create(CreateArgs),
    /// Adds documents, or replaces those whose keys are there already.
    Add(AddArgs),
    /// Turns texts into token vectors and keeps them in a folder, for later use.
    Encode(EncodeArgs),
    /// Makes a static encoder of a model: a small table that needs no model to run.
    Distill(DistillArgs),
    /// Finds the best documents for a query, or for many.
    Search(SearchArgs),
    /// Measures what it takes to find which share of the exact hits, so that a search can promise a recall.
    Tune(TuneArgs),
    /// Shows which word of a document answered each word of a query.
    Explain(ExplainArgs),
    /// Prints one document.
    Get(GetArgs),
    /// Deletes documents.
    Delete(DeleteArgs),
    /// Counts, bytes and parameters of a collection.
    Info(InfoArgs),
    /// Measures a collection against relevance judgements and against exact search.
    Eval(EvalArgs),
    /// Reads every byte of a collection and checks it.
    Verify(VerifyArgs),
    /// Merges a collection into one segment, without the deleted documents.
    Compact(CompactArgs),
    /// Brings a collection of an older format to the present one.
    Upgrade(UpgradeArgs),
    /// Makes a damaged collection whole again, and says what was lost.
    Repair(RepairArgs),
    /// Keeps states of a collection under names.
    Snapshot(SnapshotArgs),
    /// Copies a collection to a folder or a bucket.
    Backup(BackupArgs),
    /// Brings a collection back from a backup.
    Restore(RestoreArgs),
    /// Indexes 7,000 pages about command line tools, searches them and measures the answers.
    Demo(DemoArgs),
    /// Prints a completion script for a shell.
    Completions(CompletionsArgs),
    /// Prints or writes the manual pages.
    Man(ManArgs),
}

impl Command {
    /// The folder of the collection that it is about, if it is about one that is there.
    pub(crate) fn collection(&self) -> Option<&Path> {
        let folder = match self {
            Self::Create(args) => &args.collection,
            Self::Add(args) => &args.collection,
            Self::Search(args) => &args.collection,
            Self::Tune(args) => &args.collection,
            Self::Explain(args) => &args.collection,
            Self::Get(args) => &args.collection,
            Self::Delete(args) => &args.collection,
            Self::Info(args) => &args.collection,
            Self::Eval(args) => &args.collection,
            Self::Verify(args) => &args.collection,
            Self::Compact(args) => &args.collection,
            Self::Upgrade(args) => &args.collection,
            Self::Repair(args) => &args.collection,
            Self::Backup(args) => &args.collection,
            Self::Snapshot(args) => args.action.collection(),
            Self::Find(_)
            | Self::Encode(_)
            | Self::Distill(_)
            | Self::Restore(_)
            | Self::Demo(_)
            | Self::Completions(_)
            | Self::Man(_) => return None,
        };
        Some(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_flags_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_and_command_is_documented() {
        fn check(command: &clap::Command) {
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} {} has no help", command.get_name(), arg.get_id());
            }
            for inner in command.get_subcommands() {
                assert!(inner.get_about().is_some(), "{} has no help", inner.get_name());
                assert!(inner.get_after_help().is_some(), "{} has no examples", inner.get_name());
                check(inner);
            }
        }
        check(&Cli::command());
    }
}
