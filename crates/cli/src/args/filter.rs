use crate::exit::{Failure, Result};
use crate::output::warn;
use clap::Args;
use pleiad::{Predicate, Snapshot};
use pleiad_text::input::text_of_file;
use std::path::Path;

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
            Some(path) => text_of_file(Path::new(path))?,
            None => typed.clone(),
        };
        Ok(Some(Predicate::read(&read).map_err(pleiad::Error::from)?))
    }

    /// The filters of a file, one a line, as they were typed; empty lines are left out.
    ///
    /// # Errors
    /// When the file cannot be read or holds none, and with its line for one that is no filter.
    pub(crate) fn of_lines(path: &Path) -> Result<Vec<(String, Predicate)>> {
        let (file, read) = (path.display(), text_of_file(path)?);
        let mut filters = Vec::new();
        for (at, line) in read.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let predicate = Predicate::read(line)
                .map_err(|error| Failure::invalid(format!("{file}:{}: {error}", at + 1)))?;
            filters.push((line.trim().to_owned(), predicate));
        }
        if filters.is_empty() {
            return Err(Failure::invalid(format!("{file} holds no filter")));
        }
        Ok(filters)
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
