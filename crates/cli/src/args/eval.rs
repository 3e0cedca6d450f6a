use super::{FilterArgs, ModelArgs, RankingArgs, TenantArgs};
use crate::places::local;
use clap::Args;
use pleiad_evaluate::Metric;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad add scifact ~/data/scifact && pleiad eval scifact ~/data/scifact
  pleiad eval scifact ~/data/scifact --recall 0.95
  pleiad eval scifact ~/data/scifact --candidates 200 --run out.trec
  pleiad eval scifact ~/data/scifact --filter 'year >= 2010'
  pleiad eval scifact ~/data/scifact --bm25
  pleiad eval scifact ~/data/scifact --mode vectors --run vectors.trec
  pleiad eval scifact ~/data/scifact --metrics nDCG@20,Success@5 --json
  pleiad eval scifact ~/data/scifact --against other-collection
  pleiad eval out.trec ~/data/scifact --against other.trec
  pleiad eval passages ~/data/vectors --ground-truth

A judged folder is a BEIR folder (queries.jsonl, qrels/*.tsv) or a folder of token vectors (queries.*.npy, \
qrels.tsv). Fidelity@k is the share of the exact top k that the search found: it measures the search alone, the \
other figures measure the vectors too. Beside it stand the recall that the calibration promised and the one it \
expected. BM25 is the yardstick that knows words alone (k1 1.2, b 0.75, English stop words and stems).

Where queries are documents of the collection (their ids are the same, and each finds itself first), a query's own \
document is left out of its hits, as BEIR does. Runs are read as trec_eval reads them: by score, and equal scores by \
document, the greater id first; scores in runs that are written fall strictly, and blanks in keys are written as \
\\x20.

Under a filter, judgments of documents for which it does not hold are left out, and so are queries whose relevant \
documents all go with them.";

/// Judgments to measure against.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EvalArgs {
    /// Folder of the collection, which must hold the documents already; or a TREC run file, which is measured as it is.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Folder with queries and judgments.
    #[arg(value_parser = local(), value_name = "JUDGED")]
    pub(crate) judged: PathBuf,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    #[command(flatten)]
    pub(crate) ranking: RankingArgs,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    /// Split: `qrels/SPLIT.tsv` of a BEIR folder.
    #[arg(long, default_value = "test")]
    pub(crate) split: String,

    /// Metrics to report, separated by commas: nDCG@K, Recall@K, MRR@K, P@K, Success@K, MAP
    /// [default: nDCG@10, Recall@N, MRR@10, MAP].
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = |text: &str| text.parse::<Metric>())]
    pub(crate) metrics: Vec<Metric>,

    /// Compare with this TREC run, or with this collection searched in the same way, by a paired randomization test.
    #[arg(value_parser = local(), long, value_name = "RUN|DIR")]
    pub(crate) against: Option<PathBuf>,

    /// Seed of the randomization test.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Hits per query that are measured.
    #[arg(short, value_name = "N", default_value_t = 100)]
    pub(crate) k: usize,

    /// Recall to ask for [default: 0.98 once calibrated].
    #[arg(long, value_name = "R", conflicts_with_all = ["candidates", "rerank"])]
    pub(crate) recall: Option<f64>,

    /// Documents kept by the scan over the encodings [default: chosen by the engine].
    #[arg(long, value_name = "N")]
    pub(crate) candidates: Option<usize>,

    /// Documents of these that are scored exactly [default: chosen by the engine].
    #[arg(long, value_name = "N")]
    pub(crate) rerank: Option<usize>,

    /// Also compare the exact search with the stored exact lists (gt.ids.npy) of a folder of token vectors.
    #[arg(long, conflicts_with_all = ["filter", "tenant"])]
    pub(crate) ground_truth: bool,

    /// Also rank the folder's documents by BM25, alone and fused with the search, whatever that ranks by.
    #[arg(long, conflicts_with_all = ["filter", "tenant"])]
    pub(crate) bm25: bool,

    /// Write the hits as a TREC run file.
    #[arg(value_parser = local(), long, value_name = "FILE")]
    pub(crate) run: Option<PathBuf>,

    /// Print one JSON object: also the values of each query, and the version, command, encoder and checksum.
    #[arg(long)]
    pub(crate) json: bool,
}
