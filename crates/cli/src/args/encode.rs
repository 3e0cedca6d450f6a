use super::ModelArgs;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad encode corpus.jsonl.zst vectors --model models/answerai-colbert-small-v1
  pleiad add passages vectors

The folder gets docs.f32.npy, docs.off.npy, doc_ids.json and encoder.json. Interrupted, the same
command goes on where it stopped.";

/// What is encoded, and where its vectors go.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EncodeArgs {
    /// Files and folders of texts, as `pleiad add` takes them, then the folder for the vectors.
    #[arg(value_name = "INPUT... OUT", required = true, num_args = 2..)]
    pub(crate) paths: Vec<PathBuf>,

    /// Field of a document that says its language, for a model with one adapter per language, e.g. `language` where
    /// documents have `"language": "de_DE"`. A document without it is in the language of --language.
    #[arg(long, value_name = "NAME", requires = "model")]
    pub(crate) language_field: Option<String>,

    #[command(flatten)]
    pub(crate) model: ModelArgs,
}
