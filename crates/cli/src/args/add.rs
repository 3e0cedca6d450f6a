use super::{
    ConflictArgs, EncoderName, LanguageArgs, MemoryArgs, ModelArgs, PoolArgs, SentenceArgs, TenantArgs,
    WordsArgs,
};
use crate::places::local;
use clap::Args;
use pleiad::Durability;
use std::path::PathBuf;

const INPUTS: &str = "\
Inputs:
  FILE.jsonl[.gz|.zst]   one JSON object a line: `_id`, `id` or `key`; `title` and `text`,
                         or `vectors`; every other field is kept as an attribute. So are
                         .ndjson, .jl, .jsonlines and .json, which may also be an array
  BEIR folder            the documents of its corpus.jsonl[.gz|.zst]
  any other file         one document of plain text of at most 64 MiB, its key is its whole
                         path; lists in other formats (.csv, .tsv, .html, ...) are refused
  any other folder       every .txt and .md file below it; one that cannot be read is
                         left out and named
  token vectors          a folder with docs.*.npy, docs.off.npy and doc_ids.json, or one file:
                         .npy [documents, dim] or [documents, tokens, dim]; .npz or
                         .safetensors with `vectors` [all tokens, dim] and `offsets`
                         [documents + 1] (or `lengths`), or an array [tokens, dim] for each
                         document, named by its id. Ids of others: NAME.ids.json beside
                         NAME.npy. Rows of zeros are padding and left out
  -                      JSON lines, or an array, on standard input

Examples:
  pleiad add notes ~/notes
  pleiad add papers corpus.jsonl.zst more.jsonl --pool 2
  pleiad add briefe ~/briefe --language de
  zcat dump.jsonl.gz | pleiad add papers -

A new collection of texts gets the built-in model and words, both found by one search. Texts in a language that \
the model does not know, which is detected once over a sample, are found by their words alone.

Documents are written in batches, each on the disk before the next unless --durability says otherwise. \
Adding the same input again is safe: documents are replaced by key, unless --on-conflict says otherwise. Ctrl-C ends after the current batch.";

/// Input of `add`, and its strictness.
#[derive(Debug, Args)]
#[command(after_help = INPUTS)]
pub(crate) struct AddArgs {
    /// Folder of the collection; created when it does not exist.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Files and folders to read, `-` for standard input.
    #[arg(value_parser = local(), value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,

    /// Fail on a document without any searchable text, and on a file of a folder that cannot be read, instead of
    /// leaving it out with a warning.
    #[arg(long)]
    pub(crate) strict: bool,

    /// Writes that a power cut during the run may take: sync, group, group:MS or none
    ///
    ///     sync       nothing that was acknowledged
    ///     group:MS   batches since the last sync, which follows a batch within MS milliseconds
    ///                (group alone: 10)
    ///     none       batches since the log last became a segment
    ///
    /// Whatever the level, what is found afterwards is the state after some batch, the death of
    /// the program takes nothing, and all is on the disk when the command ends.
    #[arg(long, value_name = "LEVEL", default_value_t, verbatim_doc_comment)]
    pub(crate) durability: Durability,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) conflict: ConflictArgs,

    #[command(flatten)]
    pub(crate) memory: MemoryArgs,

    #[command(flatten)]
    pub(crate) languages: LanguageArgs,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    #[command(flatten)]
    pub(crate) sentence: SentenceArgs,

    /// Origin of the vectors of a new collection [default: mini for texts in English, words for others].
    #[arg(long, value_name = "NAME", conflicts_with = "model")]
    pub(crate) encoder: Option<EncoderName>,

    #[command(flatten)]
    pub(crate) words: WordsArgs,

    #[command(flatten)]
    pub(crate) pool: PoolArgs,

    /// Print the summary as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
