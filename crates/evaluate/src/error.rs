use std::io;
use std::path::PathBuf;

/// Why an input file cannot be used. Each names the file, and the line where there is one (from 1).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The file cannot be opened.
    #[error("cannot open {file}: {source}")]
    Open {
        /// The file.
        file: String,
        /// Error of the system.
        source: io::Error,
    },
    /// Reading or decompressing failed.
    #[error("{file}:{line}: cannot read on: {source}")]
    Read {
        /// The file.
        file: String,
        /// The line that was being read.
        line: u64,
        /// Error of the system or the decompressor.
        source: io::Error,
    },
    /// A line is longer than any sensible record.
    #[error(
        "{file}:{line}: the line or the object is longer than {limit_bytes} bytes: is this JSON lines, one object a line?"
    )]
    LineTooLong {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// Longest line that is read.
        limit_bytes: usize,
    },
    /// A text is longer than one document may be.
    #[error("{file}: the text is longer than {limit_bytes} bytes: split it into documents")]
    TooLong {
        /// The file.
        file: String,
        /// Longest text that is read.
        limit_bytes: usize,
    },
    /// A line is not UTF-8.
    #[error("{file}:{line}:{column}: not UTF-8: convert the file to UTF-8")]
    Utf8 {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// First byte (from 1) that is not part of a character.
        column: usize,
    },
    /// A line is not the JSON that it should be.
    #[error("{file}:{line}:{column}: {reason}")]
    Json {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// Byte within the line (from 1).
        column: usize,
        /// The fault, in the words of the parser.
        reason: String,
    },
    /// A line of a table has the wrong number of columns or a value of the wrong kind.
    #[error("{file}:{line}: {reason}")]
    Columns {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The fault.
        reason: &'static str,
    },
    /// Judgments with which every figure would be 0.
    #[error(
        "{file}: no document is judged to be relevant ({num_queries} judged queries): nothing could be measured"
    )]
    NothingRelevant {
        /// The file.
        file: String,
        /// Queries that it names.
        num_queries: usize,
    },
    /// The same thing is said twice.
    #[error("{file}:{line}: {what} a second time: remove one of the two")]
    Duplicate {
        /// The file.
        file: String,
        /// The line of the second one.
        line: u64,
        /// Name of the thing.
        what: String,
    },
    /// None of the possible files is in the folder.
    #[error("{}: no {expected}; a BEIR folder has corpus.jsonl, queries.jsonl and qrels/test.tsv", folder.display())]
    MissingFile {
        /// The folder.
        folder: PathBuf,
        /// Files of which one should be there.
        expected: String,
    },
    /// A judged query has no text.
    #[error("{file}: no query {key:?}, which the judgments name ({num_missing} such queries)")]
    MissingQuery {
        /// The file of queries.
        file: String,
        /// The first such query.
        key: String,
        /// Number that there are.
        num_missing: usize,
    },
    /// A key cannot stand in a TREC run file, whose columns are separated by white space.
    #[error("{key:?} is empty, which a TREC run file cannot express")]
    RunKey {
        /// The key.
        key: String,
    },
}
