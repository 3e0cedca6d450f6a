use crate::error::{Error, Result};
use pleiad_index::words::WordsBuilder;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Longest name of an analyzer or a field, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// The lexical side of a collection, fixed at creation.
#[derive(Debug, Clone, PartialEq)]
pub struct WordsSchema {
    /// The analyzer that makes the terms of documents and queries, by a name whose meaning never changes. The engine
    /// does not know analyzers: it keeps the name for those who do.
    pub analyzer: String,
    /// The fields whose terms are kept apart, 1 to 16 of them.
    pub fields: Vec<TextField>,
}

/// A field of text.
#[derive(Debug, Clone, PartialEq)]
pub struct TextField {
    /// Origin of the field's text: `_text` for a document's text, otherwise an attribute.
    pub source: String,
    /// The number of occurrences elsewhere that one occurrence here counts as (BM25F), from 0.001 to 1,000.
    pub weight: f32,
}

impl WordsSchema {
    /// Words of the text alone.
    pub fn new(analyzer: impl Into<String>) -> Self {
        Self { analyzer: analyzer.into(), fields: vec![TextField { source: "_text".into(), weight: 1.0 }] }
    }

    /// The weights of the fields, in their order.
    pub(crate) fn weights(&self) -> Vec<f32> {
        self.fields.iter().map(|field| field.weight).collect()
    }

    /// An error unless it can be kept to.
    pub(crate) fn check(&self) -> Result<()> {
        WordsBuilder::new(&self.weights())
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        let names = || self.fields.iter().map(|field| &field.source);
        if let Some(name) =
            names().chain([&self.analyzer]).find(|name| !(1..=MAX_NAME_BYTES).contains(&name.len()))
        {
            let message =
                format!("{name:?} names no analyzer or field: names have 1 to {MAX_NAME_BYTES} bytes");
            return Err(Error::invalid(message));
        }
        let mut seen = HashSet::new();
        match names().find(|name| !seen.insert(*name)) {
            Some(name) => Err(Error::invalid(format!("text field {name:?} is named twice"))),
            None => Ok(()),
        }
    }
}

/// The same as the manifest keeps it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredWords {
    analyzer: String,
    fields: Vec<StoredField>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredField {
    source: String,
    weight: f32,
}

impl StoredWords {
    pub(crate) fn of(words: &WordsSchema) -> Self {
        let field = |field: &TextField| StoredField { source: field.source.clone(), weight: field.weight };
        Self { analyzer: words.analyzer.clone(), fields: words.fields.iter().map(field).collect() }
    }

    pub(crate) fn into_words(self) -> WordsSchema {
        let field = |field: StoredField| TextField { source: field.source, weight: field.weight };
        WordsSchema { analyzer: self.analyzer, fields: self.fields.into_iter().map(field).collect() }
    }
}
