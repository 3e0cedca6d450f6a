use crate::names::PartId;
use std::io;

/// A result with this crate's error.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why bytes could not be stored or read back. The message names the file and the way out.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {file}: {source}")]
    Io {
        /// The attempt, as a verb.
        action: &'static str,
        /// The file, or the folder.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// The folder holds no collection.
    #[error("{folder} is not a collection: {reason}")]
    NotACollection {
        /// The folder.
        folder: String,
        /// The part that is missing or strange.
        reason: String,
    },
    /// A collection cannot be created where one is.
    #[error("{folder} already holds a collection")]
    Exists {
        /// The folder.
        folder: String,
    },
    /// A collection is created in an empty folder only.
    #[error("{folder} is not empty (it holds {file}): create the collection in an empty folder")]
    NotEmpty {
        /// The folder.
        folder: String,
        /// One of the files in it.
        file: String,
    },
    /// Another writer holds the collection.
    #[error(
        "{folder} is being written by {}: wait until it has ended; readers need no lock",
        describe_holder(*.holder)
    )]
    Locked {
        /// The folder.
        folder: String,
        /// Its process, where that is known.
        holder: Option<u32>,
    },
    /// The folder that a writer holds is no longer at its path, or is no longer its own.
    #[error(
        "{folder} is not the collection any more that this writer opened: {what}; nothing more is written. What was \
         acknowledged is where the files of that collection are now"
    )]
    Displaced {
        /// The folder.
        folder: String,
        /// The thing that is not as the writer left it.
        what: String,
    },
    /// A file was written by a newer release.
    #[error("{file} has format version {found}, this release reads up to {supported}: use a newer release")]
    Version {
        /// The file.
        file: String,
        /// The version that it says.
        found: u32,
        /// The newest version that this release reads.
        supported: u32,
    },
    /// A collection of an older format, which is read as it is and written only after it was upgraded.
    #[error(
        "{folder} has format version {found} and is open for reading only: upgrade it to version {current}, in which it can be written"
    )]
    Outdated {
        /// The folder.
        folder: String,
        /// The version that it has.
        found: u32,
        /// The version that this release writes.
        current: u32,
    },
    /// A name that no snapshot may have.
    #[error(
        "{name:?} cannot name a snapshot: 1 to {limit} of a-z, A-Z, 0-9, '.', '-' and '_', not ending in .new"
    )]
    SnapshotName {
        /// The name.
        name: String,
        /// Most bytes of a name.
        limit: usize,
    },
    /// A snapshot has the name already.
    #[error("there is a snapshot {name:?} already: drop it first, or choose another name")]
    SnapshotExists {
        /// The name.
        name: String,
    },
    /// No snapshot has the name.
    #[error("there is no snapshot {name:?}")]
    NoSnapshot {
        /// The name.
        name: String,
    },
    /// The segment that was named is not there: it is a batch of the log, or was merged away.
    #[error(
        "there is no segment {part:?} to attach to: it was merged with others meanwhile, or is a batch of the log"
    )]
    NoSegment {
        /// The part that was named.
        part: PartId,
    },
    /// Bytes are not those that were written.
    #[error(
        "{file} is corrupt at byte {offset}: {what}; restore it from a copy, or repair the collection, which keeps the rest"
    )]
    Corrupt {
        /// The file.
        file: String,
        /// First byte of the damaged region, from the start of the file.
        offset: u64,
        /// The contradiction.
        what: String,
    },
    /// An earlier write failed, so nothing more is written.
    #[error(
        "the writer stopped after a failed write ({cause}): open it again to go on; no acknowledged batch is lost"
    )]
    Poisoned {
        /// The first failure.
        cause: String,
    },
    /// A value is larger than the format holds.
    #[error("{what} of {found} is above the limit of {limit}")]
    Limit {
        /// The quantity that was measured, with its unit.
        what: &'static str,
        /// The size.
        found: u64,
        /// The largest that is taken.
        limit: u64,
    },
    /// A layout that no collection may have.
    #[error("the layout cannot be used: {reason}")]
    Layout {
        /// The fault.
        reason: String,
    },
    /// A document has another number of columns than the layout.
    #[error("document {key:?} has {found} columns, the layout has {expected}")]
    ColumnCount {
        /// The document.
        key: String,
        /// Columns given.
        found: usize,
        /// Columns of the layout.
        expected: usize,
    },
    /// A value of a fixed-width column has another width.
    #[error("document {key:?}, column {column:?} has {found} bytes, the layout says {expected}")]
    ColumnWidth {
        /// The document.
        key: String,
        /// The column's name.
        column: String,
        /// Bytes given.
        found: usize,
        /// Bytes per row of this column.
        expected: u32,
    },
    /// A row or column that does not exist was asked for.
    #[error("{what} {found} of {file} was asked for, there are {limit}")]
    OutOfRange {
        /// `row` or `column`.
        what: &'static str,
        /// The one that was asked for.
        found: u64,
        /// The number that there are.
        limit: u64,
        /// The part's file.
        file: String,
    },
    /// A column was asked for in a way that its width does not allow.
    #[error("column {column:?} has rows of varying length: read it row by row")]
    NotFixed {
        /// The column's name.
        column: String,
    },
}

fn describe_holder(holder: Option<u32>) -> String {
    match holder {
        Some(process) if process == std::process::id() => "another writer of this process".into(),
        Some(process) => format!("process {process}"),
        None => "another process".into(),
    }
}

impl StoreError {
    pub(crate) fn corrupt(file: &str, offset: u64, what: impl Into<String>) -> Self {
        Self::Corrupt { file: file.to_owned(), offset, what: what.into() }
    }

    /// Turns an `io::Error` into one that says what was attempted on which file.
    pub(crate) fn io(action: &'static str, file: &str) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_owned();
        move |source| Self::Io { action, file, source }
    }

    /// True if it speaks of stored bytes: they are not what was written, or not there. Any other error says nothing about
    /// them, and they may be sound.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Corrupt { .. }) || self.is_missing_file()
    }

    /// True if a file that should be there is not: a reader then looks whether the manifest has moved on.
    pub(crate) fn is_missing_file(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
