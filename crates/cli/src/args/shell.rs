use crate::places::local;
use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  pleiad completions bash > ~/.local/share/bash-completion/completions/pleiad
  pleiad completions zsh > ~/.zfunc/_pleiad
  pleiad completions fish > ~/.config/fish/completions/pleiad.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  pleiad man | man -l -
  pleiad man --out ~/.local/share/man/man1";

/// Shell.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell to print for.
    pub(crate) shell: Shell,
}

/// Folder of the pages.
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct ManArgs {
    /// Write one page per command into this folder [default: print the main page].
    #[arg(value_parser = local(), long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

const DEMO_EXAMPLES: &str = "\
Examples:
  pleiad demo
  pleiad demo --dir tools && pleiad search tools \"run a job every night\"";

/// Folder of the demo.
#[derive(Debug, Args)]
#[command(after_help = DEMO_EXAMPLES)]
pub(crate) struct DemoArgs {
    /// Keep the collection in this folder [default: a temporary one, removed at the end].
    #[arg(value_parser = local(), long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// Pages to index, about: a model reads each of them.
    #[arg(long, value_name = "N", default_value_t = 2500)]
    pub(crate) pages: usize,
}
