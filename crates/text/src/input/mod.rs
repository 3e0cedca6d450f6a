//! Files and folders as streams of records and lists of queries.

mod consumed;
mod format;
mod json_lines;
mod plain;
mod queries;
mod record;
mod source;
mod vectors;

pub use consumed::Consumed;
pub use queries::{query_texts, query_vectors};
pub use record::{Content, Place, Record};
pub(crate) use vectors::{ENCODER, TEXTS};

use crate::error::{Error, Result};
use crate::monitor::Monitor;
use source::Source;
use std::iter;
use std::path::PathBuf;

/// Documents one after the other; an error ends them.
pub type Records = Box<dyn Iterator<Item = Result<Record>> + Send>;

/// All sources of one ingestion.
pub struct Input {
    sources: Vec<Source>,
    consumed: Consumed,
}

impl Input {
    /// Looks at what the paths are; nothing is read yet.
    ///
    /// # Errors
    /// When a path does not exist, or is a folder in which nothing fits.
    pub fn open(paths: &[PathBuf], monitor: &dyn Monitor) -> Result<Self> {
        let mut sources = Vec::new();
        for path in paths {
            sources.append(&mut Source::find(path, monitor)?);
        }
        Ok(Self { sources, consumed: Consumed::default() })
    }

    /// Bytes to read, if they are known: standard input has no size.
    pub fn num_bytes(&self) -> Option<u64> {
        self.sources.iter().map(Source::num_bytes).sum()
    }

    /// Bytes read so far, also while the records are on their way.
    pub fn consumed(&self) -> Consumed {
        self.consumed.clone()
    }

    /// All documents, source by source; each is opened when the one before is at its end.
    pub fn into_records(self) -> Records {
        let consumed = self.consumed;
        let open = move |source: Source| source.records(&consumed).unwrap_or_else(failed);
        Box::new(self.sources.into_iter().flat_map(open))
    }
}

fn failed(failure: Error) -> Records {
    Box::new(iter::once(Err(failure)))
}
