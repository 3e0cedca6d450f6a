//! Vectors of named sets on their way into a collection: ready-made, or made of texts by its encoder.

use super::{Detected, Preparation};
use crate::error::{Error, Result};
use crate::input::{Content, Record};
use crate::sets::text_of_source;
use pleiad::{MultiVector, SetSchema};
use std::collections::BTreeMap;

impl Preparation {
    /// Gives records the vectors of sets that the encoder makes of their texts.
    pub(super) fn encode_sets(&mut self, batch: &mut [Record]) -> Result<()> {
        for set in self.sets.clone() {
            let Some(source) = set.source.as_deref().filter(|_| set.encoder == self.encoder_id) else {
                continue;
            };
            if let Some(record) = batch.iter().find(|record| record.sets.contains_key(&set.name)) {
                return Err(Error::invalid(vectors_beside_source(&record.key, &set)).within(&record.place));
            }
            let text_of = |record: &Record| {
                let (title, text) = match &record.content {
                    Content::Text { title, text } => (title, text.as_str()),
                    Content::Vectors { title, text, .. } => (title, text.as_deref().unwrap_or_default()),
                };
                text_of_source(source, title.as_deref(), text, &record.attributes)
            };
            let texts: Vec<Option<String>> = batch.iter().map(text_of).collect();
            // Languages were counted with the texts of the documents.
            let encoded = self.encode(batch, &texts, &mut Detected::new())?;
            for (record, encoded) in batch.iter_mut().zip(encoded) {
                let vectors = encoded.map(|encoded| encoded.vectors).filter(|vectors| !vectors.is_empty());
                record.sets.extend(vectors.map(|vectors| (set.name.clone(), vectors)));
            }
        }
        Ok(())
    }

    /// Checks that vectors are of sets that the collection has, and as long as these say.
    pub(super) fn check_sets(&self, key: &str, sets: &BTreeMap<String, MultiVector>) -> Result<()> {
        for (name, vectors) in sets {
            let Some(set) = self.sets.iter().find(|set| set.name == *name) else {
                let names: Vec<&str> = self.sets.iter().map(|set| set.name.as_str()).collect();
                return Err(Error::invalid(format!(
                    "document {key:?} has vectors of a set {name:?}, and the sets of this collection are {}",
                    [&[SetSchema::BODY], &names[..]].concat().join(", ")
                )));
            };
            if vectors.dim() != set.dim {
                return Err(Error::invalid(format!(
                    "document {key:?} has vectors of dimension {} in the set {name:?}, which holds dimension {}",
                    vectors.dim(),
                    set.dim
                )));
            }
        }
        Ok(())
    }
}

fn vectors_beside_source(key: &str, set: &SetSchema) -> String {
    let SetSchema { name, source, encoder, .. } = set;
    let (source, encoder) = (source.as_deref().unwrap_or_default(), encoder.as_deref().unwrap_or_default());
    format!(
        "document {key:?} brings vectors of the set {name:?}, but encoder {encoder} makes those of {source}: leave them out"
    )
}
