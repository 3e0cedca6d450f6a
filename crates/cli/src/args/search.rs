use super::{FilterArgs, ModelArgs, PageArgs, RankingArgs, SetArgs, TenantArgs};
use crate::places::local;
use clap::Args;
use pleiad::SearchParams;
use std::path::PathBuf;

const SEARCH_EXAMPLES: &str = "\
Examples:
  pleiad search notes \"trip to the mountains\"
  pleiad search notes \"trip to the mountains\" -k 3 --json | jq .hits[0].key
  pleiad search notes \"trip to the mountains\" --recall 0.95 --explain-plan
  pleiad search notes '\"north face\" accident' --mode words
  pleiad search notes \"trip to the mountains\" --alpha 0.8
  pleiad search papers \"storks\" --filter 'year >= 2020 AND tag IN (\"a\", \"b\")'
  pleiad search papers \"storks\" --set title=0.3 --set body=1
  pleiad search papers \"storks\" --offset 10 --min-score 0.2
  pleiad search papers \"storks\" --group-by author --group-size 2 -k 5
  pleiad search papers --queries queries.jsonl -k 100 --run out.trec
  pleiad search passages --query-vectors queries.f16.npy";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  pleiad explain notes \"trip to the mountains\" ~/notes/alps.md
  pleiad explain notes \"trip to the mountains\" ~/notes/alps.md --json";

/// One query or many, and how much work to spend.
#[derive(Debug, Args)]
#[command(after_help = SEARCH_EXAMPLES)]
pub(crate) struct SearchArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// The query, as text. What is "in quotes" has to stand in every hit word by word, where words rank.
    #[arg(value_name = "QUERY", required_unless_present_any = ["queries", "query_vectors", "explain_plan"])]
    pub(crate) query: Option<String>,

    /// Many queries: JSON lines or an array with `_id` and `text` (.jsonl, .json, plain or .gz or .zst), or one query
    /// a line; `-` for one query a line on standard input.
    #[arg(value_parser = local(), long, value_name = "FILE", conflicts_with = "query")]
    pub(crate) queries: Option<PathBuf>,

    /// Queries as token vectors: a folder with queries.*.npy, or a file as `pleiad add` takes it; an array [tokens,
    /// dim] or [dim] is one query. With --queries, or with a query for a single one, the texts of the same queries, by
    /// their ids: where the collection keeps words, both rank.
    #[arg(value_parser = local(), long, value_name = "FILE")]
    pub(crate) query_vectors: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    #[command(flatten)]
    pub(crate) ranking: RankingArgs,

    #[command(flatten)]
    pub(crate) sets: SetArgs,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) budget: SearchBudget,

    #[command(flatten)]
    pub(crate) page: PageArgs,

    /// Search the state that this named snapshot keeps.
    #[arg(long, value_name = "NAME")]
    pub(crate) snapshot: Option<String>,

    /// Print one JSON object per query.
    #[arg(long)]
    pub(crate) json: bool,

    /// Write the hits as a TREC run file instead of printing them; with --json do both.
    #[arg(value_parser = local(), long, value_name = "FILE")]
    pub(crate) run: Option<PathBuf>,

    /// Say what the search is going to do and what recall that promises; with a query also what it did. Prints no hits.
    #[arg(long, conflicts_with_all = ["run", "json"])]
    pub(crate) explain_plan: bool,
}

/// Number of hits, and the work to spend on them.
#[derive(Debug, Clone, Args)]
pub(crate) struct SearchBudget {
    /// Hits per query.
    #[arg(short, value_name = "N", default_value_t = SearchParams::default().k, allow_negative_numbers = true)]
    pub(crate) k: usize,

    /// Share of the exact hits that must be found, on average: the cheapest plan that `pleiad tune` found to reach it
    /// is taken [default: 0.98 once calibrated].
    #[arg(long, value_name = "R", conflicts_with_all = ["candidates", "rerank", "exact"])]
    pub(crate) recall: Option<f64>,

    /// Documents kept by the scan over the encodings [default: chosen by the engine].
    #[arg(long, value_name = "N")]
    pub(crate) candidates: Option<usize>,

    /// Documents of these that are scored exactly [default: chosen by the engine].
    #[arg(long, value_name = "N")]
    pub(crate) rerank: Option<usize>,

    /// Score every document exactly.
    #[arg(long, conflicts_with_all = ["candidates", "rerank"])]
    pub(crate) exact: bool,
}

impl SearchBudget {
    /// The same in the engine's words.
    pub(crate) fn params(&self) -> SearchParams {
        SearchParams {
            k: self.k,
            recall: self.recall,
            num_candidates: self.candidates,
            num_reranked: self.rerank,
            exact: self.exact,
            ..SearchParams::default()
        }
    }
}

/// A query and the document to explain.
#[derive(Debug, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// The query, as text.
    pub(crate) query: String,

    /// Key of the document.
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    /// Also say which conditions of this filter hold for the document; as `pleiad search` takes it.
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    #[command(flatten)]
    pub(crate) ranking: RankingArgs,

    #[command(flatten)]
    pub(crate) sets: SetArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

const FIND_EXAMPLES: &str = "\
Examples:
  pleiad find \"trip to the mountains\" ~/notes
  pleiad find \"who wrote about storks\" letters.jsonl diary.txt -k 3
  zcat dump.jsonl.gz | pleiad find \"broken pipe\" - --json

Reads what `pleiad add` reads, scores every document exactly and keeps nothing: for files that are asked once. \
To ask again and again, `pleiad add DIR FILES` once and `pleiad search DIR QUERY`.";

/// A question, and where to look.
#[derive(Debug, Args)]
#[command(after_help = FIND_EXAMPLES)]
pub(crate) struct FindArgs {
    /// The question, as text.
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,

    /// Files and folders to look in, `-` for JSON lines on standard input.
    #[arg(value_parser = local(), value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Hits shown.
    #[arg(short, value_name = "N", default_value_t = SearchParams::default().k, allow_negative_numbers = true)]
    pub(crate) k: usize,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    /// Print the hits as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
