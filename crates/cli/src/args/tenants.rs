use super::WaitArgs;
use crate::places::local;
use clap::Args;
use std::path::PathBuf;

const TENANTS_EXAMPLES: &str = "\
Examples:
  pleiad create mail --tenants                    a collection that keeps tenants apart
  pleiad add mail acme.jsonl --tenant acme
  pleiad search mail \"invoice of May\" --tenant acme
  pleiad tenants mail
  pleiad tenants mail --drop acme --yes";

/// Tenants to list, or one to drop.
#[derive(Debug, Args)]
#[command(after_help = TENANTS_EXAMPLES)]
pub(crate) struct TenantsArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Tenants listed at most [default: all].
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// Only tenants whose names come behind this one.
    #[arg(long, value_name = "NAME")]
    pub(crate) after: Option<String>,

    /// Delete all documents of this tenant, in one batch.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["limit", "after"])]
    pub(crate) drop: Option<String>,

    /// Drop the tenant without asking.
    #[arg(long, requires = "drop")]
    pub(crate) yes: bool,

    /// Print one JSON object for each tenant.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
