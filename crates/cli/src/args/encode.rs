use super::{LanguageArgs, ModelArgs};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad encode corpus.jsonl.zst vectors --model models/answerai-colbert-small-v1
  pleiad add passages vectors
  pleiad search passages \"a question\" --model models/answerai-colbert-small-v1

The folder gets docs.f32.npy, docs.off.npy, doc_ids.json, encoder.json and texts.jsonl, so that the
collection knows its encoder and its texts. Interrupted, the same command goes on where it stopped.";

/// What is encoded, and where its vectors go.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EncodeArgs {
    /// Files and folders of texts, as `pleiad add` takes them, then the folder for the vectors.
    #[arg(value_name = "INPUT... OUT", required = true, num_args = 2..)]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) languages: LanguageArgs,

    #[command(flatten)]
    pub(crate) model: ModelArgs,
}
