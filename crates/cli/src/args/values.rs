use super::{FilterArgs, TenantArgs};
use crate::places::local;
use clap::Args;
use std::path::PathBuf;

const VALUES_EXAMPLES: &str = "\
Examples:
  pleiad values papers tag
  pleiad values papers author.name --filter 'year >= 2020' --limit 5 --json";

/// The attribute whose values are counted.
#[derive(Debug, Args)]
#[command(after_help = VALUES_EXAMPLES)]
pub(crate) struct ValuesArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// The attribute, such as tag or author.name; elements of arrays count one by one.
    pub(crate) attribute: String,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    /// Values listed at most, the most common ones.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
