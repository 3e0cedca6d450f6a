//! Files and folders as streams of records and lists of queries.

mod consumed;
mod format;
mod json_lines;
mod options;
mod plain;
mod queries;
mod record;
mod sample;
mod source;
mod vectors;

pub use consumed::Consumed;
pub use options::{FileKeys, InputOptions, Records};
pub use plain::stored_key;
pub use queries::{query_texts, query_vectors};
pub use record::{Content, Place, Record};
pub use sample::{TextSample, read_ahead};
pub(crate) use vectors::{ENCODER, TEXTS};

use crate::error::{Error, Result};
use pleiad_evaluate::{integer_beyond_64_bits, open_regular, read_text};
use source::Source;
use std::iter;
use std::path::{Path, PathBuf};

/// Checks that no integer of a JSON text needs more than 64 bits: a reader would make another number of it.
///
/// # Errors
/// `InvalidArgument`, which names the first one that does.
pub fn check_integers(json: &[u8]) -> Result<()> {
    let Some((_, number)) = integer_beyond_64_bits(json) else { return Ok(()) };
    let shown: String = number.chars().take(40).collect();
    Err(Error::invalid(format!("the integer {shown} needs more than 64 bits: put it in quotes to keep it")))
}

/// Reads a whole text of at most 64 MiB from a regular file, plain, gzip or Zstandard.
///
/// # Errors
/// For a device, a FIFO or a socket, of which nothing is read; when the file cannot be read, is longer or not UTF-8.
pub fn text_of_file(path: &Path) -> Result<String> {
    let name = path.display().to_string();
    let file = open_regular(path).map_err(|error| Error::io(format!("cannot open {name}"), &error))?;
    Ok(read_text(&name, file)?)
}

/// All sources of one ingestion.
pub struct Input {
    sources: Vec<Source>,
    consumed: Consumed,
    options: InputOptions,
}

impl Input {
    /// Looks at what the paths are; nothing is read yet.
    ///
    /// # Errors
    /// When a path does not exist, or is a folder in which nothing fits.
    pub fn open(paths: &[PathBuf], options: InputOptions) -> Result<Self> {
        let consumed = Consumed::default();
        let mut sources = Vec::new();
        for path in paths {
            sources.append(&mut Source::find(path, options, &consumed)?);
        }
        Ok(Self { sources, consumed, options })
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
        let Self { sources, consumed, options } = self;
        let open = move |source: Source| source.records(options, &consumed).unwrap_or_else(failed);
        Box::new(sources.into_iter().flat_map(open))
    }
}

fn failed(failure: Error) -> Records {
    Box::new(iter::once(Err(failure)))
}
