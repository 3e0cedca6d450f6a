use crate::exit::{Failure, Result};
use crate::input::Record;
use pleiad_encode::{Encoded, Encoder};
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads texts that say their language, each with the adapters of its own.
pub(crate) struct Languages {
    field: String,
    /// Of the languages that came so far.
    encoders: BTreeMap<String, Box<dyn Encoder>>,
}

impl Languages {
    /// `field` is where a document says its language.
    pub(crate) fn new(field: &str) -> Self {
        Self { field: field.to_owned(), encoders: BTreeMap::new() }
    }

    /// The vectors of texts, in their order. Those of one language go through the model together; a document that says
    /// none is read by `own`.
    ///
    /// # Errors
    /// When a language is not known or no string; the message names the document.
    pub(crate) fn encode(&mut self, own: &dyn Encoder, texts: &[(&Record, &str)]) -> Result<Vec<Encoded>> {
        let mut groups: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for (at, (record, _)) in texts.iter().enumerate() {
            groups.entry(self.language(record)?).or_default().push(at);
        }
        let mut encoded = Vec::with_capacity(texts.len());
        for (language, places) in groups {
            let group: Vec<&str> = places.iter().map(|&at| texts[at].1).collect();
            let encoder = match language {
                Some(language) => self.encoder(own, language, texts[places[0]].0)?,
                None => own,
            };
            encoded.extend(places.into_iter().zip(encoder.encode_documents(&group)?));
        }
        encoded.sort_unstable_by_key(|&(at, _)| at);
        Ok(encoded.into_iter().map(|(_, encoded)| encoded).collect())
    }

    fn language<'r>(&self, record: &'r Record) -> Result<Option<&'r str>> {
        match record.attributes.get(&self.field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(language)) => Ok(Some(language)),
            Some(other) => {
                let message = format!("`{}` is {other}, expected the name of a language", self.field);
                Err(named(Failure::invalid(message), record))
            }
        }
    }

    fn encoder(&mut self, own: &dyn Encoder, language: &str, first: &Record) -> Result<&dyn Encoder> {
        if !self.encoders.contains_key(language) {
            let encoder = own.with_language(language).map_err(|error| named(error.into(), first))?;
            let encoder = encoder.ok_or_else(|| {
                let message = format!("encoder {} knows no languages: leave out --language-field", own.id());
                Failure::invalid(message)
            })?;
            self.encoders.insert(language.to_owned(), encoder);
        }
        Ok(&*self.encoders[language])
    }
}

fn named(failure: Failure, record: &Record) -> Failure {
    failure.within(format!("{}: document {:?}", record.place, record.key))
}
