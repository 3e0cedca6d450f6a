//! `static-v3` and tables that `pleiad distill` makes: one vector per stem of a word.
//!
//! A vector is what the stem means, from a table of directions, and a signature that no other stem has: without it a
//! word and its neighbours in meaning would be as good as the same. A stem without a row is made of pieces. In a document
//! its length is BM25's share of the word, in a query the word's weight, so that a MaxSim is BM25 in which words that are
//! alike answer for each other. All vectors of a document lean toward what it is about, and a query's weights may know the
//! collection that is asked.

mod encode;
mod key;
mod met;
mod params;
mod signature;
mod table;
mod terms;

pub(crate) use key::key;
pub(crate) use params::Params;
pub(crate) use terms::Terms;

use crate::EncodeError;
use met::Met;
use std::borrow::Cow;
use std::ops::Range;
use table::Table;

/// A table and the rules that go with it.
#[derive(Debug, Clone)]
pub(super) struct Stems {
    params: Params,
    table: Table,
    /// Of the collection that is asked; nothing at first.
    met: Met,
}

impl Stems {
    pub(super) fn from_bytes(table: Cow<'static, [u8]>, params: &[u8]) -> Result<Self, EncodeError> {
        Ok(Self { params: Params::from_json(params)?, table: Table::parse(table)?, met: Met::default() })
    }

    pub(super) fn dim(&self) -> usize {
        self.table.dim()
    }

    /// Texts of a collection that questions are weighed by.
    pub(super) fn num_texts_wanted(&self) -> usize {
        if self.params.weighs_by_collection() { met::NUM_TEXTS } else { 0 }
    }

    /// Weighs questions by these texts of a collection.
    pub(super) fn meet_collection(&mut self, texts: &[&str]) {
        if self.params.weighs_by_collection() {
            self.met = Met::of(texts);
        }
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
