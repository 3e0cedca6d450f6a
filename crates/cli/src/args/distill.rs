use super::ModelArgs;
use crate::places::local;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad distill --model models/minilm --corpus ~/notes --out mine
  pleiad distill --model models/minilm --vocab words.txt --dim 96 --out mine
  pleiad add notes ~/notes --model mine
  pleiad distill --model models/minilm --out mine --eval ~/data/scifact

The model reads every word of its vocabulary alone, and the texts if there are some; what it makes of each \
stem is averaged, and the first principal components are kept in 8 bits. OUT gets table.safetensors and \
static.json, and is used like any model: --model OUT. The same model and texts give the same bytes. --eval then \
compares: nDCG@10 of the table, of the model itself, which encodes every document for that, and of BM25.";

/// Model of a static encoder, and its place.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DistillArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,

    /// Values per vector.
    #[arg(long, value_name = "D", default_value_t = 96)]
    pub(crate) dim: usize,

    /// Texts, as `pleiad add` takes them: words are learned in their context, and weighed by how often they are met.
    #[arg(value_parser = local(), long, value_name = "INPUT", num_args = 1..)]
    pub(crate) corpus: Vec<PathBuf>,

    /// Words that get a vector of their own beside those of the model's vocabulary, one a line.
    #[arg(value_parser = local(), long, value_name = "FILE")]
    pub(crate) vocab: Option<PathBuf>,

    /// Folder of the encoder: it must not exist, or be empty.
    #[arg(value_parser = local(), long, value_name = "OUT")]
    pub(crate) out: PathBuf,

    /// BEIR folders to compare on.
    #[arg(value_parser = local(), long, value_name = "JUDGED", num_args = 1..)]
    pub(crate) eval: Vec<PathBuf>,

    /// Split: `qrels/SPLIT.tsv` of each folder.
    #[arg(long, default_value = "test")]
    pub(crate) split: String,
}
