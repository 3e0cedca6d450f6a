use super::sets::set_weight;
use super::{MemoryArgs, ModeName, ModelArgs};
use crate::places::local;
use clap::Args;
use pleiad::{SearchParams, SetWeight};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  pleiad tune notes
  pleiad tune papers --queries asked-last-week.jsonl
  pleiad tune papers --mode vectors
  pleiad tune papers --set title
  pleiad tune papers --set title=0.3 --set body=1 --queries asked-last-week.jsonl
  pleiad tune papers --queries asked-last-week.jsonl --filters filters-of-last-week.txt
  pleiad tune passages --query-vectors queries.f16.npy --recall 0.99 -k 100

What is measured is kept with the collection: `pleiad search --recall 0.95` takes the cheapest plan that reached \
it, and so does a search that asks for nothing (0.98). Without queries, tokens of documents stand in for them. A \
collection is calibrated by itself, briefly, when it has been written for the first time and when its size has \
doubled or halved.";

/// Queries to calibrate with, and the form of the output.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TuneArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Queries like those that will be asked: JSON lines with `text`, or one query a line; `-` for standard input.
    #[arg(value_parser = local(), long, value_name = "FILE", group = "asked")]
    pub(crate) queries: Option<PathBuf>,

    /// The same as token vectors: a folder with queries.*.npy, or a file as `pleiad add` takes it.
    #[arg(value_parser = local(), long, value_name = "FILE", group = "asked")]
    pub(crate) query_vectors: Option<PathBuf>,

    /// Filters like those that will be asked with, one a line: searches for the queries under each are measured, and do more
    /// where they find less than they promise.
    #[arg(value_parser = local(), long, value_name = "FILE", requires = "asked")]
    pub(crate) filters: Option<PathBuf>,

    /// Ranking whose searches are to keep their promise [default: the one that `pleiad search` takes].
    #[arg(id = "mode", long, value_name = "MODE")]
    pub(crate) mode: Option<ModeName>,

    /// Measure searches by this vector set; again for searches by several together, which take queries, and whose weights are
    /// then served within a factor of two.
    #[arg(long = "set", value_name = "NAME[=WEIGHT]", value_parser = set_weight, conflicts_with_all = ["mode", "filters"])]
    pub(crate) sets: Vec<SetWeight>,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    #[command(flatten)]
    pub(crate) memory: MemoryArgs,

    /// Show the plan for this recall alone.
    #[arg(long, value_name = "R")]
    pub(crate) recall: Option<f64>,

    /// Show the plans for so many hits.
    #[arg(short, value_name = "N", default_value_t = SearchParams::default().k)]
    pub(crate) k: usize,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
