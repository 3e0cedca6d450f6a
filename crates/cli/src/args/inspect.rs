use clap::Args;
use std::path::PathBuf;

const INFO_EXAMPLES: &str = "\
Examples:
  pleiad info notes
  pleiad info notes --json | jq .num_documents";

const VERIFY_EXAMPLES: &str = "\
Examples:
  pleiad verify notes
  pleiad verify notes --deep    and whether each document's encoding is that of its vectors

The exit code is 0 when nothing is wrong and 5 when something is.";

/// Which collection, and how to print it.
#[derive(Debug, Args)]
#[command(after_help = INFO_EXAMPLES)]
pub(crate) struct InfoArgs {
    /// Folder of the collection.
    #[arg(value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which collection, and how to print what was found.
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// Folder of the collection.
    #[arg(value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Also derive again what follows from something else, and compare.
    #[arg(long)]
    pub(crate) deep: bool,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
