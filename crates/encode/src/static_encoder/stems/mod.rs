//! `static-v3` and tables that `pleiad distill` makes: one vector per stem of a word.
//!
//! A vector is what the stem means, from a table of directions, and a signature that no other stem has: without it a
//! word and its neighbors in meaning would be as good as the same. A stem without a row is made of pieces. In a document
//! its length is BM25's share of the word, in a query the word's weight, so that a MaxSim is BM25 in which words that are
//! alike answer for each other. All vectors of a document lean toward what it is about, and a query's weights may know the
//! collection that is asked.

mod document_frequencies;
mod encode;
mod key;
mod params;
mod table;
mod terms;

pub(crate) use key::key;
pub(crate) use params::Params;
pub(crate) use terms::Terms;

use crate::encoder::{Encoded, QueryEncoder};
use crate::error::EncodeError;
use document_frequencies::DocumentFrequencies;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use table::Table;

/// Encoder of queries to one collection.
pub(super) struct CollectionQueries {
    stems: Arc<Stems>,
    frequencies: DocumentFrequencies,
}

impl QueryEncoder for CollectionQueries {
    fn encode(&self, text: &str) -> Result<Encoded, EncodeError> {
        self.stems.query_in(text, &self.frequencies)
    }
}

/// A table and the rules that go with it.
#[derive(Debug)]
pub(super) struct Stems {
    params: Params,
    table: Table,
}

impl Stems {
    pub(super) fn from_bytes(table: Cow<'static, [u8]>, params: &[u8]) -> Result<Self, EncodeError> {
        Ok(Self { params: Params::from_json(params)?, table: Table::parse(table)? })
    }

    pub(super) fn dim(&self) -> usize {
        self.table.dim()
    }

    /// Number of texts of a collection that queries are weighed by.
    pub(super) fn sample_size(&self) -> usize {
        if self.params.weighs_by_collection() { document_frequencies::SAMPLE_SIZE } else { 0 }
    }

    /// The encoder of queries to the collection that these texts are of.
    pub(super) fn for_collection(self: &Arc<Self>, sample: &[&str]) -> CollectionQueries {
        let sample = if self.params.weighs_by_collection() { sample } else { &[] };
        CollectionQueries { stems: Arc::clone(self), frequencies: DocumentFrequencies::count(sample) }
    }

    pub(super) fn occurrences(&self, text: &str, token: u32) -> Vec<Range<usize>> {
        let mut words: Vec<Range<usize>> = Vec::new();
        Terms::default().for_each_or_symbols(text, |stem, word| {
            // A name may hold the same part twice.
            if key(stem) == token && words.last() != Some(&word) {
                words.push(word);
            }
        });
        words
    }
}

#[cfg(test)]
mod tests;
