use super::ModelArgs;
use clap::Args;
use pleiad::SearchParams;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad find \"trip to the mountains\" ~/notes
  pleiad find \"who wrote about storks\" letters.jsonl diary.txt -k 3
  zcat dump.jsonl.gz | pleiad find \"broken pipe\" - --json

Reads what `pleiad add` reads, scores every document exactly and keeps nothing: for files that are
asked once. To ask again and again, `pleiad add DIR FILES` once and `pleiad search DIR QUERY`.";

/// A question, and where to look.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FindArgs {
    /// The question, as text.
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,

    /// Files and folders to look in, `-` for JSON lines on standard input.
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Hits shown.
    #[arg(short, value_name = "N", default_value_t = SearchParams::default().k, allow_negative_numbers = true)]
    pub(crate) k: usize,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    /// Print the hits as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
