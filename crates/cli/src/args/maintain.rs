use super::{MemoryArgs, WaitArgs};
use clap::Args;
use std::path::PathBuf;

const UPGRADE_EXAMPLES: &str = "\
Examples:
  pleiad upgrade notes

A collection of an older format can be read and searched without it. Either all of it is upgraded or nothing; older
releases cannot read it afterwards.";

const COMPACT_EXAMPLES: &str = "\
Examples:
  pleiad compact notes

Documents that were deleted or replaced take space until their segment is merged, which happens by itself as a collection
grows. This merges everything at once; searches go on meanwhile.";

/// Which collection.
#[derive(Debug, Args)]
#[command(after_help = COMPACT_EXAMPLES)]
pub(crate) struct CompactArgs {
    /// Folder of the collection.
    #[arg(value_name = "DIR")]
    pub(crate) collection: PathBuf,

    #[command(flatten)]
    pub(crate) memory: MemoryArgs,
}

/// Which collection.
#[derive(Debug, Args)]
#[command(after_help = UPGRADE_EXAMPLES)]
pub(crate) struct UpgradeArgs {
    /// Folder of the collection.
    #[arg(value_name = "DIR")]
    pub(crate) collection: PathBuf,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
