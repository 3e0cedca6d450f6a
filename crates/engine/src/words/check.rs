//! Checks of stored words, and their number.

use super::attachment::{build_all, bytes_of};
use super::view;
use crate::Snapshot;
use crate::error::Result;
use pleiad_index::words::StoredTerms;
use pleiad_store::PartView;
use rayon::prelude::*;

/// Documents whose terms cannot be read, in words: the first one of each part.
pub(crate) fn check_terms(snapshot: &Snapshot) -> Vec<String> {
    let Some(schema) = &snapshot.schema().words else { return Vec::new() };
    let readable = |_row: u32, terms: &StoredTerms<'_>| terms.for_each(|_| Ok(()));
    let checked = |part: &PartView| {
        view::for_each_row(part, schema.fields.len(), readable).err().map(|error| error.to_string())
    };
    snapshot.view.parts().iter().filter_map(checked).collect()
}

/// Segments whose lists are not those of their rows, in words. Cost: lists of all of them are made anew.
pub(crate) fn verify_encodings(snapshot: &Snapshot) -> Vec<String> {
    let Some(schema) = &snapshot.schema().words else { return Vec::new() };
    let differs = |part: &PartView| -> Result<bool> {
        let Some(bytes) = bytes_of(part, schema)? else { return Ok(false) };
        Ok(build_all(part, schema)? != bytes)
    };
    let told = |part: &PartView| match differs(part) {
        Ok(false) => None,
        Ok(true) => Some(format!("{}: its words are not those of its documents", part.name())),
        Err(error) => Some(error.to_string()),
    };
    snapshot.view.parts().par_iter().filter_map(told).collect()
}

/// Number of distinct terms of all documents in lists, counted by a hash of 64 bits. Cost: a pass over all dictionaries,
/// and over the terms of rows without lists.
pub(crate) fn num_terms(snapshot: &Snapshot) -> Result<u64> {
    if snapshot.schema().words.is_none() {
        return Ok(0);
    }
    view::WordsView::new(snapshot)?.num_terms()
}
