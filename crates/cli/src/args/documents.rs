use super::{FilterArgs, TenantArgs, WaitArgs};
use crate::places::local;
use clap::Args;
use std::path::PathBuf;

const GET_EXAMPLES: &str = "\
Examples:
  pleiad get notes ~/notes/alps.md
  pleiad get passages p17 --json --vectors";

const DELETE_EXAMPLES: &str = "\
Examples:
  pleiad delete notes ~/notes/alps.md
  pleiad delete papers --from withdrawn.txt
  pleiad delete papers --filter 'year < 1990' --yes

Keys that are not there are named; the exit code is 3 when none of the given keys was there, 0 otherwise.";

/// Document to print, and the parts of it.
#[derive(Debug, Args)]
#[command(after_help = GET_EXAMPLES)]
pub(crate) struct GetArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Key of the document.
    pub(crate) key: String,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print its token vectors too, as they are kept.
    #[arg(long)]
    pub(crate) vectors: bool,
}

/// Documents to delete.
#[derive(Debug, Args)]
#[command(after_help = DELETE_EXAMPLES)]
pub(crate) struct DeleteArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Keys of the documents.
    #[arg(value_name = "KEY", required_unless_present_any = ["from", "filter"])]
    pub(crate) keys: Vec<String>,

    /// A file with one key a line, `-` for standard input.
    #[arg(value_parser = local(), long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,

    /// All documents for which this holds: such as 'year < 1990' (docs/filters.md); @FILE reads it from a file. Asks
    /// before it deletes.
    #[arg(long, value_name = "FILTER", conflicts_with_all = ["keys", "from"])]
    pub(crate) filter: Option<String>,

    /// Delete what the filter names without asking.
    #[arg(long, requires = "filter")]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

const LIST_EXAMPLES: &str = "\
Examples:
  pleiad list notes
  pleiad list papers --filter 'year >= 2020 AND NOT tag IN (\"draft\")' --json
  pleiad list papers --limit 100 --after p1700
  pleiad list papers --order-by year:desc --limit 100 --json

Keys stand one on a line, in the order of their bytes: the last one of a page is what --after takes for the next. With --order-by it is \
the last place, such as '[2021,\"p17\"]', which --json has as `place` and which is named when there are more.";

/// Documents to list.
#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    /// Documents listed at most [default: all].
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// Only documents behind this one: its key, or with --order-by its place as the JSON of that listing has it.
    #[arg(long, value_name = "KEY")]
    pub(crate) after: Option<String>,

    /// List by the value of this attribute, then by key; `:desc` behind it for the greatest first. Documents without it come
    /// last.
    #[arg(long, value_name = "ATTRIBUTE")]
    pub(crate) order_by: Option<String>,

    /// Print one JSON object per document, with text and attributes.
    #[arg(long)]
    pub(crate) json: bool,
}

const EXPORT_EXAMPLES: &str = "\
Examples:
  pleiad export notes > notes.jsonl
  pleiad export old | pleiad add new -
  pleiad export passages --vectors --filter 'year >= 2020' | zstd > passages.jsonl.zst

Each line has the key as `_id`, the text, and every attribute as a field of its own.";

/// Documents to export.
#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(crate) struct ExportArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    /// Export token vectors too, as they are kept: `add` takes them as ready-made.
    #[arg(long)]
    pub(crate) vectors: bool,
}

const COUNT_EXAMPLES: &str = "\
Examples:
  pleiad count notes
  pleiad count papers --filter 'year BETWEEN 2000 AND 2010'";

/// Documents to count.
#[derive(Debug, Args)]
#[command(after_help = COUNT_EXAMPLES)]
pub(crate) struct CountArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
