//! What `pleiad add` and `pleiad search` accept, as streams of records and lists of queries.

mod consumed;
mod format;
mod json_lines;
mod plain;
mod queries;
mod record;
mod source;
mod vectors;

pub(crate) use consumed::Consumed;
pub(crate) use queries::{query_texts, query_vectors};
pub(crate) use record::{Content, Record};

use crate::exit::{Failure, Result};
use source::Source;
use std::iter;
use std::path::PathBuf;

/// Documents one after the other; an error ends them.
pub(crate) type Records = Box<dyn Iterator<Item = Result<Record>> + Send>;

/// Everything that one command adds.
pub(crate) struct Input {
    sources: Vec<Source>,
    consumed: Consumed,
}

impl Input {
    /// Looks at what the paths are; nothing is read yet.
    ///
    /// # Errors
    /// When a path does not exist, or is a folder in which nothing fits.
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self> {
        let mut sources = Vec::new();
        for path in paths {
            sources.append(&mut Source::find(path)?);
        }
        Ok(Self { sources, consumed: Consumed::default() })
    }

    /// Bytes to read, if they are known: standard input has no size.
    pub(crate) fn num_bytes(&self) -> Option<u64> {
        self.sources.iter().map(Source::num_bytes).sum()
    }

    /// Bytes read so far, also while the records are on their way.
    pub(crate) fn consumed(&self) -> Consumed {
        self.consumed.clone()
    }

    /// All documents, source by source; each is opened when the one before is at its end.
    pub(crate) fn into_records(self) -> Records {
        let consumed = self.consumed;
        let open = move |source: Source| source.records(&consumed).unwrap_or_else(failed);
        Box::new(self.sources.into_iter().flat_map(open))
    }
}

fn failed(failure: Failure) -> Records {
    Box::new(iter::once(Err(failure)))
}
