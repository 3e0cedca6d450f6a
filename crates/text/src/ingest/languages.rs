use crate::detect::detect;
use crate::error::{Error, Result};
use crate::input::Record;
use pleiad_encode::{Encoded, Encoder};
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads texts that say their language, or whose language is to be guessed, each with the adapters of its own.
pub struct Languages {
    field: Option<String>,
    detects: bool,
    /// Encoders of the languages so far.
    encoders: BTreeMap<String, Box<dyn Encoder>>,
}

/// Number of documents of each detected language.
pub type Detected = BTreeMap<String, u64>;

impl Languages {
    /// Reads the language from an attribute, if one is named, and guesses it otherwise, if that is asked for; nothing
    /// where all texts are in one language.
    pub fn new(field: Option<String>, detects: bool) -> Option<Self> {
        (field.is_some() || detects).then(|| Self { field, detects, encoders: BTreeMap::new() })
    }

    /// The vectors of texts, in their order, and what was guessed is counted. Those of one language go through the
    /// model together; a document of which none is known is read by `own`.
    ///
    /// # Errors
    /// When a language is not known or no string, or there are no languages to guess; the message names the document.
    pub fn encode(
        &mut self,
        own: &dyn Encoder,
        texts: &[(&Record, &str)],
        detected: &mut Detected,
    ) -> Result<Vec<Encoded>> {
        let mut groups: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        if self.detects && own.languages().is_empty() {
            return Err(knows_none(own, "a language cannot be guessed"));
        }
        for (at, (record, text)) in texts.iter().enumerate() {
            let mut language = self.language(record)?;
            if language.is_none() && self.detects {
                language = detect(text, own.languages());
                *detected.entry(language.unwrap_or("not clear").to_owned()).or_default() += 1;
            }
            groups.entry(language).or_default().push(at);
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
        let Some(field) = &self.field else { return Ok(None) };
        match record.attributes.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(language)) => Ok(Some(language)),
            Some(other) => {
                let message = format!("`{field}` is {other}, expected the name of a language");
                Err(named(Error::invalid(message), record))
            }
        }
    }

    fn encoder(&mut self, own: &dyn Encoder, language: &str, first: &Record) -> Result<&dyn Encoder> {
        if !self.encoders.contains_key(language) {
            let encoder = own.with_language(language).map_err(|error| named(error.into(), first))?;
            let encoder = encoder.ok_or_else(|| knows_none(own, "no document can name one"))?;
            self.encoders.insert(language.to_owned(), encoder);
        }
        Ok(&*self.encoders[language])
    }
}

fn knows_none(encoder: &dyn Encoder, consequence: &str) -> Error {
    Error::invalid(format!("encoder {} knows no languages: {consequence}", encoder.id()))
}

fn named(failure: Error, record: &Record) -> Error {
    failure.within(format!("{}: document {:?}", record.place, record.key))
}
