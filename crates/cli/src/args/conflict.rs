use super::FilterArgs;
use crate::exit::{Failure, Result};
use clap::{Args, ValueEnum};
use pleiad_text::ingest::OnConflict;

/// Treatment of documents whose keys are stored already.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConflictArgs {
    /// Treatment of a document whose key is stored already: `replace` puts it in the place of the stored one, `skip`
    /// passes it over, `fail` refuses its batch [default: replace].
    #[arg(long, value_name = "WHAT")]
    on_conflict: Option<ConflictName>,

    /// Add only documents whose keys are not stored: --on-conflict skip.
    #[arg(long, conflicts_with_all = ["on_conflict", "replace_if"])]
    if_absent: bool,

    /// Replace a stored document only where this holds for it, such as 'day < 2024-01-31' (docs/filters.md); new ones are
    /// added.
    #[arg(long, value_name = "FILTER", conflicts_with = "on_conflict")]
    replace_if: Option<String>,
}

/// Treatment of a document whose key is stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ConflictName {
    /// It takes the place of the stored one.
    Replace,
    /// It is passed over.
    Skip,
    /// Its batch is refused.
    Fail,
}

impl ConflictArgs {
    /// The same in the library's words.
    ///
    /// # Errors
    /// When the filter cannot be read.
    pub(crate) fn on_conflict(&self) -> Result<OnConflict> {
        if let Some(filter) = (FilterArgs { filter: self.replace_if.clone() }).predicate()? {
            filter.check().map_err(|error| Failure::from(pleiad::Error::from(error)))?;
            return Ok(OnConflict::ReplaceIf(filter));
        }
        Ok(match self.on_conflict {
            _ if self.if_absent => OnConflict::Skip,
            None | Some(ConflictName::Replace) => OnConflict::Replace,
            Some(ConflictName::Skip) => OnConflict::Skip,
            Some(ConflictName::Fail) => OnConflict::Fail,
        })
    }
}
