use super::{TenantArgs, WaitArgs};
use crate::exit::{Failure, Result};
use crate::places::local;
use clap::Args;
use pleiad_text::input::{check_integers, text_of_file};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

const PATCH_EXAMPLES: &str = "\
Examples:
  pleiad patch papers p17 '{\"reviewed\": true}'
  pleiad patch papers --filter 'year < 1990' '{\"archive\": true, \"shelf\": null}'
  pleiad patch papers p17 '{\"revision\": 4}' --if 'revision = 3'

Attributes are merged (RFC 7396): a null removes one, an object is merged into the one that is there, any other value takes \
the place of what was there. Vectors and text stay as they are, words of changed attributes are found at once.

The exit code is 3 when none of the given keys was there, and 4 when --if did not hold: nothing was changed then.";

/// Documents, and what to change of their attributes.
#[derive(Debug, Args)]
#[command(after_help = PATCH_EXAMPLES)]
pub(crate) struct PatchArgs {
    /// Folder of the collection.
    #[arg(value_parser = local(), value_name = "DIR")]
    pub(crate) collection: PathBuf,

    /// Keys of documents, and behind them the attributes to change, as a JSON object; @FILE reads it from a file.
    #[arg(value_name = "KEY> <ATTRIBUTES", required = true)]
    given: Vec<String>,

    /// A file with one key a line, `-` for standard input.
    #[arg(value_parser = local(), long, value_name = "FILE", conflicts_with = "filter")]
    pub(crate) from: Option<PathBuf>,

    /// All documents for which this holds: such as 'year < 1990' (docs/filters.md); @FILE reads it from a file.
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,

    /// Change the documents of the keys only if this holds for every one of them: else nothing is changed.
    #[arg(long = "if", value_name = "FILTER", conflicts_with = "filter")]
    pub(crate) only_if: Option<String>,

    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) tenant: TenantArgs,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

impl PatchArgs {
    /// The keys that were typed, and the attributes to change: a JSON object, which may also stand before the keys.
    ///
    /// # Errors
    /// When nothing typed is a JSON object, or its file cannot be read.
    pub(crate) fn keys_and_patch(&self) -> Result<(Vec<String>, Map<String, Value>)> {
        let is_object = |typed: &String| typed.trim_start().starts_with('{') || typed.starts_with('@');
        let at = self.given.iter().rposition(is_object).unwrap_or(self.given.len() - 1);
        let mut keys = self.given.clone();
        let typed = keys.remove(at);
        let text = match typed.strip_prefix('@') {
            Some(path) => text_of_file(Path::new(path))?,
            None => typed,
        };
        let wrong = |why: String| {
            Failure::invalid(format!(
                "the attributes to change are a JSON object, such as '{{\"reviewed\": true}}': {why}"
            ))
        };
        check_integers(text.as_bytes())?;
        match serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))? {
            Value::Object(patch) => Ok((keys, patch)),
            _ => Err(wrong(format!("found {text}"))),
        }
    }
}
