use super::WaitArgs;
use crate::places::local;
use clap::Args;
use std::path::PathBuf;

const GET_EXAMPLES: &str = "\
Examples:
  pleiad get notes ~/notes/alps.md
  pleiad get passages p17 --json --vectors";

const DELETE_EXAMPLES: &str = "\
Examples:
  pleiad delete notes ~/notes/alps.md
  pleiad delete papers --from withdrawn.txt

Keys that are not there are named; the exit code is 3 when none of the given keys was there, 0 otherwise.";

/// Document to print, and the parts of it.
#[derive(Debug, Args)]
#[command(after_help = GET_EXAMPLES)]
pub(crate) struct GetArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Key of the document.
    pub(crate) key: String,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print its token vectors too, as they are kept.
    #[arg(long)]
    pub(crate) vectors: bool,
}

/// Documents to delete.
#[derive(Debug, Args)]
#[command(after_help = DELETE_EXAMPLES)]
pub(crate) struct DeleteArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Keys of the documents.
    #[arg(value_name = "KEY", required_unless_present = "from")]
    pub(crate) keys: Vec<String>,

    /// A file with one key a line, `-` for standard input.
    #[arg(value_parser = local(), long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
