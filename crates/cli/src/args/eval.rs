use super::ModelArgs;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad add scifact ~/data/scifact && pleiad eval scifact ~/data/scifact
  pleiad eval scifact ~/data/scifact --recall 0.95
  pleiad eval scifact ~/data/scifact --candidates 200 --run out.trec
  pleiad eval scifact ~/data/scifact --bm25
  pleiad add passages ~/data/vectors && pleiad eval passages ~/data/vectors --ground-truth

A judged folder is a BEIR folder (queries.jsonl, qrels/*.tsv) or a folder of token vectors
(queries.*.npy, qrels.tsv). Fidelity@k is the share of the exact top k that the search found: it
measures the search alone, the other figures measure the vectors too. Beside it stand the recall
that the calibration promised and the one it expected. BM25 is the yardstick that knows words
alone (k1 1.2, b 0.75, English stop words and stems).";

/// What to measure against.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EvalArgs {
    /// Folder of the collection; it must hold the documents already.
    #[arg(value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Folder with queries and judgements.
    #[arg(value_name = "JUDGED")]
    pub(crate) judged: PathBuf,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    /// Which qrels/SPLIT.tsv of a BEIR folder.
    #[arg(long, default_value = "test")]
    pub(crate) split: String,

    /// Hits per query that are measured.
    #[arg(short, value_name = "N", default_value_t = 100)]
    pub(crate) k: usize,

    /// Recall to ask for [default: 0.98 once calibrated].
    #[arg(long, value_name = "R", conflicts_with_all = ["candidates", "rerank"])]
    pub(crate) recall: Option<f64>,

    /// Documents kept by the scan over the encodings [default: chosen by the engine].
    #[arg(long, value_name = "N")]
    pub(crate) candidates: Option<usize>,

    /// Of those, documents scored exactly [default: chosen by the engine].
    #[arg(long, value_name = "N")]
    pub(crate) rerank: Option<usize>,

    /// Also compare the exact search with the stored exact lists (gt.ids.npy) of a folder of token vectors.
    #[arg(long)]
    pub(crate) ground_truth: bool,

    /// Also rank the folder's documents by BM25, alone and fused with the search.
    #[arg(long)]
    pub(crate) bm25: bool,

    /// Write the hits as a TREC run file.
    #[arg(long, value_name = "FILE")]
    pub(crate) run: Option<PathBuf>,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
