use super::{MemoryArgs, WaitArgs};
use crate::places::local;
use clap::Args;
use std::path::PathBuf;

const UPGRADE_EXAMPLES: &str = "\
Examples:
  pleiad upgrade notes

A collection of an older format can be read and searched without it. Either all of it is upgraded or nothing; older \
releases cannot read it afterwards.";

const COMPACT_EXAMPLES: &str = "\
Examples:
  pleiad compact notes

Documents that were deleted or replaced take space until their segment is merged, which happens by itself as a collection \
grows. This merges everything at once; searches go on meanwhile.";

/// Collection.
#[derive(Debug, Args)]
#[command(after_help = COMPACT_EXAMPLES)]
pub(crate) struct CompactArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
}

/// Collection.
#[derive(Debug, Args)]
#[command(after_help = UPGRADE_EXAMPLES)]
pub(crate) struct UpgradeArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

const INFO_EXAMPLES: &str = "\
Examples:
  pleiad info notes
  pleiad info notes --json | jq .num_documents";

const VERIFY_EXAMPLES: &str = "\
Examples:
  pleiad verify notes
  pleiad verify notes --deep    and derive the encoding of each document again

The exit code is 0 when nothing is wrong and 5 when something is.";

/// Collection, and the form of the output.
#[derive(Debug, Args)]
#[command(after_help = INFO_EXAMPLES)]
pub(crate) struct InfoArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Collection, and the form of the findings.
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Also derive again what follows from something else, and compare.
    #[arg(long)]
    pub(crate) deep: bool,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
