//! Flags as they are typed. What they mean is settled in `commands`.

mod add;
mod conflict;
mod create;
mod documents;
mod encode;
mod eval;
mod filter;
mod maintain;
mod memory;
mod model;
mod page;
mod patch;
mod pool;
mod ranking;
mod safety;
mod search;
mod sentence;
#[cfg(feature = "serve")]
mod serve;
mod sets;
mod shell;
mod tenant;
mod tenants;
mod tune;
mod values;
mod wait;
mod words;

pub(crate) use add::AddArgs;
pub(crate) use conflict::ConflictArgs;
pub(crate) use create::{CreateArgs, EncoderName, TokenCodeName};
pub(crate) use documents::{CountArgs, DeleteArgs, ExportArgs, GetArgs, ListArgs};
pub(crate) use encode::EncodeArgs;
pub(crate) use eval::EvalArgs;
pub(crate) use filter::FilterArgs;
pub(crate) use maintain::{CompactArgs, InfoArgs, UpgradeArgs, VerifyArgs};
pub(crate) use memory::MemoryArgs;
pub(crate) use model::{LanguageArgs, ModelArgs};
pub(crate) use page::{PageArgs, attribute};
pub(crate) use patch::PatchArgs;
pub(crate) use pool::{PoolArgs, describe_pool};
pub(crate) use ranking::{ModeName, RankingArgs};
pub(crate) use safety::{BackupArgs, NamedArgs, RepairArgs, RestoreArgs, SnapshotAction, SnapshotArgs};
pub(crate) use search::{ExplainArgs, FindArgs, SearchArgs};
pub(crate) use sentence::SentenceArgs;
#[cfg(feature = "serve")]
pub(crate) use serve::{KeyAction, KeyArgs, KeyFileArgs, LogName, ServeArgs};
pub(crate) use sets::SetArgs;
pub(crate) use shell::{CompletionsArgs, DemoArgs, ManArgs};
pub(crate) use tenant::TenantArgs;
pub(crate) use tenants::TenantsArgs;
pub(crate) use tune::TuneArgs;
pub(crate) use values::ValuesArgs;
pub(crate) use wait::WaitArgs;
pub(crate) use words::WordsArgs;

use crate::exit;
use clap::{ColorChoice, Parser, Subcommand};
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  pleiad demo                                    add, search and measure in seconds
  pleiad find \"trip to the mountains\" ~/notes   asks files, and keeps nothing
  pleiad add notes ~/notes                       every .txt and .md file below
  pleiad search notes \"trip to the mountains\"   the best, matching words marked
  pleiad explain notes \"trip to the mountains\" ~/notes/alps.md";

/// A search engine for sets of vectors.
///
/// A document is a set of token vectors; its score for a query is the sum, over the query's tokens, of the best inner
/// product with a token of the document (MaxSim). A collection is a folder: text goes in through the built-in encoder,
/// or token vectors of any model as they are.
#[derive(Debug, Parser)]
#[command(name = "pleiad", version, after_help = EXAMPLES, after_long_help = long_help(), arg_required_else_help = true)]
pub(crate) struct Cli {
    /// When to use colors and to mark matching words. `auto` also heeds NO_COLOR.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) color: ColorChoice,

    #[command(subcommand)]
    pub(crate) command: Command,
}

fn long_help() -> String {
    format!(
        "{EXAMPLES}\n\n{}\n\n`pleiad --version --verbose` names the models within the program, and licenses.",
        exit::DOCUMENTATION
    )
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
    /// Finds the best documents for a query, or for many.
    Search(SearchArgs),
    /// Measures what it takes to find which share of the exact hits, so that a search can promise a recall.
    Tune(TuneArgs),
    /// Shows which word of a document answered each word of a query.
    Explain(ExplainArgs),
    /// Prints one document.
    Get(GetArgs),
    /// Lists the keys of documents, all or those that a filter names.
    List(ListArgs),
    /// Prints documents as JSON lines that `add` reads, all or those that a filter names.
    Export(ExportArgs),
    /// Counts documents, all or those that a filter names.
    Count(CountArgs),
    /// Counts documents by the values of an attribute.
    Values(ValuesArgs),
    /// Changes attributes of documents, without encoding them again.
    Patch(PatchArgs),
    /// Deletes documents.
    Delete(DeleteArgs),
    /// Lists the tenants of a collection, or drops one.
    Tenants(TenantsArgs),
    /// Counts, bytes and parameters of a collection.
    Info(InfoArgs),
    /// Measures a collection against relevance judgments and against exact search.
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
    /// Serves collections over HTTP.
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
    /// Makes, lists and takes back keys for a server.
    #[cfg(feature = "serve")]
    Key(KeyArgs),
    /// Indexes pages about command line tools, asks, measures, and survives a kill: what Pleiad does, in a minute.
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
            Self::List(args) => &args.collection,
            Self::Export(args) => &args.collection,
            Self::Count(args) => &args.collection,
            Self::Tenants(args) => &args.collection,
            Self::Values(args) => &args.collection,
            Self::Patch(args) => &args.collection,
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
            | Self::Restore(_)
            | Self::Demo(_)
            | Self::Completions(_)
            | Self::Man(_) => return None,
            #[cfg(feature = "serve")]
            Self::Serve(_) | Self::Key(_) => return None,
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

    /// Calls `check` with every command there is.
    fn each_command(command: &clap::Command, check: &dyn Fn(&clap::Command)) {
        check(command);
        command.get_subcommands().for_each(|inner| each_command(inner, check));
    }

    #[test]
    fn no_place_may_be_an_address() {
        let num_places = std::cell::Cell::new(0);
        let path = std::any::TypeId::of::<std::path::PathBuf>();
        each_command(&Cli::command(), &|command| {
            for arg in command.get_arguments().filter(|arg| arg.get_value_parser().type_id() == path) {
                num_places.set(num_places.get() + 1);
                let one = clap::Arg::new("place").value_parser(arg.get_value_parser().clone());
                let parsed = |typed: &str| {
                    clap::Command::new("test").arg(one.clone()).try_get_matches_from(["test", typed])
                };
                let (name, place) = (command.get_name(), arg.get_id());
                assert!(parsed("./s3://x").is_ok() && parsed("-").is_ok(), "{name} {place}");
                for address in ["s3://bucket/x", "ftp://host/x", "File:///x"] {
                    let message = parsed(address).unwrap_err().to_string();
                    assert!(message.contains("path of this machine"), "{name} {place}: {message}");
                }
            }
        });
        assert!(num_places.get() > 30, "{num_places:?}");
    }

    #[test]
    fn flags_stand_under_their_own_headings() {
        const MODEL: [&str; 8] = [
            "model",
            "sentence",
            "precision",
            "language",
            "onnx_runtime",
            "document_length",
            "language_field",
            "detect_language",
        ];
        each_command(&Cli::command(), &|command| {
            for arg in command.get_arguments() {
                let is_of_model = arg.get_help_heading() == Some("Model");
                let (name, id) = (command.get_name(), arg.get_id().as_str());
                assert_eq!(is_of_model, MODEL.contains(&id), "{name} {id}");
                let is_advanced =
                    arg.get_help_heading().is_some_and(|heading| heading.starts_with("Advanced"));
                assert_eq!(is_advanced, id.starts_with("fde_") || id == "lemur", "{name} {id}");
            }
        });
    }

    #[test]
    fn texts_below_the_flags_are_wrapped_by_the_terminal_alone() {
        each_command(&Cli::command(), &|command| {
            let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            for pair in lines.windows(2) {
                let is_of_paragraph = |line: &str| !line.is_empty() && !line.starts_with(' ');
                let is_cut = is_of_paragraph(pair[0]) && is_of_paragraph(pair[1]);
                assert!(!is_cut, "{}: a paragraph is cut behind {:?}", command.get_name(), pair[0]);
            }
            let is_narrow = |line: &&str| !line.starts_with(' ') || line.chars().count() <= 96;
            assert_eq!(lines.iter().find(|line| !is_narrow(line)), None, "{}", command.get_name());
        });
    }

    #[test]
    fn usage_names_every_place() {
        let mut command = Cli::command();
        command.build();
        let encode = command.find_subcommand_mut("encode").unwrap();
        let usage = encode.render_usage().to_string();
        assert!(usage.ends_with("[OPTIONS] <INPUT>... <OUT>"), "{usage}");
    }
}
