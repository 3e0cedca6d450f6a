use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad demo
  pleiad demo --dir tools && pleiad search tools \"watch a file grow\"";

/// Where the demo lives.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DemoArgs {
    /// Keep the collection in this folder [default: a temporary one, removed at the end].
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
