//! Words of a collection: which documents have which terms, segment by segment, and BM25 over them.
//!
//! The terms of a document come from the caller and are stored with it, in a column of their own. Lists of them
//! ([`attachment`]) are an attachment of each segment large enough, made beside searching and writing; they can be made
//! again at any time and are never needed: where they are missing, the terms of each row are looked at, or lists are made
//! in memory ([`cache`]).
//!
//! Statistics are those of the live documents of a view ([`view`]), so that neither segments nor merges nor deleted rows
//! that are not yet merged away change a score.

mod attachment;
mod cache;
mod check;
mod explain;
mod query;
mod schema;
mod search;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use attachment::{ATTACHMENT, WordsAttachment};
pub(crate) use cache::WordsCache;
pub(crate) use check::{check_terms, num_terms, verify_encodings};
pub use explain::{TermPart, WordsExplanation};
pub use query::WordsQuery;
pub(crate) use schema::StoredWords;
pub use schema::{TextField, WordsSchema};
pub(crate) use search::WordsSearch;
pub(crate) use view::terms_of;

use crate::Schema;
use crate::error::{Error, ErrorKind, Result};
use pleiad_index::words::WordsError;

/// The lexical side of a schema.
///
/// # Errors
/// `Unsupported` where the collection keeps no words.
fn of_schema(schema: &Schema) -> Result<&WordsSchema> {
    schema.words.as_ref().ok_or_else(|| {
        let message = "this collection keeps no words: create one whose schema names an analyzer";
        Error::new(ErrorKind::Unsupported, message)
    })
}

/// Damage of a part's words.
fn damaged(part: &str, error: WordsError) -> Error {
    Error::corrupt(format!("{part}: {error}")).caused_by(error)
}
