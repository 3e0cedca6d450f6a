use crate::exit::{Failure, Result};
use crate::output::warn;
use clap::Args;
use pleiad::{Predicate, Snapshot};
use std::fs;

/// Documents that a command is about.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct FilterArgs {
    /// Only documents for which this holds: such as 'year >= 2020 AND tag IN ("a", "b")', or the JSON of a Qdrant filter
    /// (docs/filters.md); @FILE reads it from a file.
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,
}

impl FilterArgs {
    /// The predicate that was typed.
    ///
    /// # Errors
    /// When it is none, or its file cannot be read.
    pub(crate) fn predicate(&self) -> Result<Option<Predicate>> {
        let Some(typed) = &self.filter else { return Ok(None) };
        let read = match typed.strip_prefix('@') {
            Some(path) => fs::read_to_string(path)
                .map_err(|error| Failure::io(format_args!("cannot read the filter in {path}"), &error))?,
            None => typed.clone(),
        };
        Ok(Some(Predicate::read(&read).map_err(pleiad::Error::from)?))
    }

    /// Warns of attributes that no document has, where no document passes the filter.
    ///
    /// # Errors
    /// When a document that had to be read cannot be.
    pub(crate) fn warn_of_unknown(filter: Option<&Predicate>, snapshot: &Snapshot) -> Result<()> {
        let Some(filter) = filter else { return Ok(()) };
        if snapshot.num_documents() > 0 && snapshot.count(filter)? == 0 {
            snapshot.unknown_attributes(filter)?.iter().for_each(|unknown| warn(&unknown.to_string()));
        }
        Ok(())
    }
}
