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
mod explain;
mod query;
mod schema;
mod search;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use attachment::{ATTACHMENT, WordsAttachment, verify_encodings};
pub(crate) use cache::WordsCache;
pub(crate) use explain::explain;
pub use explain::{TermPart, WordsExplanation};
pub use query::WordsQuery;
pub(crate) use schema::StoredWords;
pub use schema::{TextField, WordsSchema};
pub(crate) use search::WordsSearch;

use crate::error::{Error, ErrorKind, Result};
use crate::{Schema, Snapshot};
use pleiad_index::words::{StoredTerms, WordsError};
use pleiad_store::PartView;

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

/// Documents whose terms cannot be read, in words: the first one of each part.
pub(crate) fn check_terms(snapshot: &Snapshot) -> Vec<String> {
    let Some(schema) = &snapshot.schema().words else { return Vec::new() };
    let readable = |_row: u32, terms: &StoredTerms<'_>| terms.for_each(|_| Ok(()));
    let checked = |part: &PartView| {
        view::for_each_row(part, schema.fields.len(), readable).err().map(|error| error.to_string())
    };
    snapshot.view.parts().iter().filter_map(checked).collect()
}

/// Number of distinct terms of all documents in lists, counted by a hash of 64 bits. Cost: a pass over all dictionaries,
/// and over the terms of rows without lists.
pub(crate) fn num_terms(snapshot: &Snapshot) -> Result<u64> {
    if snapshot.schema().words.is_none() {
        return Ok(0);
    }
    view::WordsView::new(snapshot)?.num_terms()
}
