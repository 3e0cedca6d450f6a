use super::record::Record;
use crate::error::Result;

/// Documents one after the other; an error ends them.
pub type Records = Box<dyn Iterator<Item = Result<Record>> + Send>;

/// Options of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InputOptions {
    /// A file of a folder that cannot be read is an error, and is not left out.
    pub is_strict: bool,
    /// The keys of files that are documents.
    pub keys: FileKeys,
}

/// The keys of files that are documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileKeys {
    /// The whole path, without links: a file has one key, however it is named.
    #[default]
    Whole,
    /// The path as it was named.
    AsNamed,
}
