use super::{LanguageArgs, ModelArgs};
use crate::places::local;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad encode corpus.jsonl.zst vectors --model models/minilm
  pleiad add passages vectors
  pleiad search passages \"a question\" --model models/minilm

The folder gets docs.f32.npy, docs.off.npy, doc_ids.json, encoder.json and texts.jsonl, so that the collection \
knows its encoder and its texts. Interrupted, the same command goes on where it stopped.";

/// Input to encode, and the folder of its vectors.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EncodeArgs {
    /// Files and folders of texts, as `pleiad add` takes them.
    #[arg(value_parser = local(), value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Folder for the vectors.
    #[arg(value_parser = local(), value_name = "OUT")]
    pub(crate) out: PathBuf,

    #[command(flatten)]
    pub(crate) languages: LanguageArgs,

    #[command(flatten)]
    pub(crate) model: ModelArgs,
}
