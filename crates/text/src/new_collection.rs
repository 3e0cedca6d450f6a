//! Settings of a new collection where nobody says them: they follow from the texts that it is made for.

use crate::encoder::{EncoderOptions, built_in_schema, is_built_in, schema_for};
use crate::error::{Error, Result};
use crate::input::TextSample;
use crate::language::CollectionLanguage;
use crate::model_place::ModelPlace;
use crate::models::Models;
use crate::monitor::Monitor;
use pleiad::{Schema, WordsSchema};
use pleiad_encode::{Encoder, ModelEncoder, WordsOnly};

/// The analyzer of English texts, and that of all others.
const ENGLISH: &str = "english-1";
const ANY_LANGUAGE: &str = "unicode-1";

/// The words that a new collection keeps.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum NewWords {
    /// Those of its text, by the analyzer for their language.
    #[default]
    ByLanguage,
    /// None.
    None,
    /// These.
    Named(WordsSchema),
}

/// A new collection, as far as it is said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewCollection {
    /// The words that it keeps.
    pub words: NewWords,
    /// The language of its texts, such as `de`; detected where it is not named.
    pub language: Option<String>,
}

/// A new collection, settled.
pub struct Settled {
    /// Encodes its texts; nothing for ready-made vectors.
    pub encoder: Option<Box<dyn Encoder>>,
    /// Its schema.
    pub schema: Schema,
    /// The model that it remembers.
    pub model: Option<ModelPlace>,
    /// The language of its texts, where anything depended on it.
    pub language: Option<CollectionLanguage>,
}

impl NewCollection {
    /// Settles a collection of texts: the encoder that the options name, else the built-in model where the texts are
    /// in a language that it knows, else words alone, which is told. Cost: the encoder is opened.
    ///
    /// # Errors
    /// When a language or an option is not known, or the model cannot be had.
    pub fn of_texts(
        &self,
        models: &Models,
        options: &EncoderOptions,
        sample: impl FnOnce() -> TextSample,
        monitor: &dyn Monitor,
    ) -> Result<Settled> {
        let named = options.named_model();
        let is_settled = named.is_some() && self.words != NewWords::ByLanguage;
        // A checkpoint has languages of its own, and names for them.
        let is_of_checkpoint = named.is_some_and(|name| !is_built_in(name));
        let language = match &self.language {
            Some(name) if is_of_checkpoint => CollectionLanguage::named(name).ok(),
            Some(name) => Some(CollectionLanguage::named(name)?),
            None if is_settled => None,
            None => Some(CollectionLanguage::detect(sample().texts())),
        };
        let is_english = language.as_ref().is_none_or(CollectionLanguage::is_english);
        let name = named.unwrap_or(if is_english { ModelEncoder::MINI } else { WordsOnly::ID });
        let model_language = self.language.clone().filter(|_| is_of_checkpoint);
        let chosen =
            EncoderOptions { model: Some(name.to_owned()), language: model_language, ..options.clone() };
        let encoder = models.open(&chosen, monitor)?;
        let is_built_in = is_built_in(encoder.id());
        let mut schema = if is_built_in { built_in_schema(encoder.id())? } else { schema_for(&*encoder) };
        schema.words = self.words_for(language.as_ref());
        if encoder.id() == WordsOnly::ID && schema.words.is_none() {
            return Err(Error::invalid(
                "a collection without an encoder of its texts and without words could find nothing: name an analyzer",
            ));
        }
        if let (None, false, Some(language)) = (named, is_english, &language) {
            let analyzer = schema.words.as_ref().map_or("", |words| words.analyzer.as_str());
            monitor.warn(&format!(
                "the texts are in {language}, which the built-in encoder does not know: words alone rank them \
                 ({analyzer}). Name a language, an encoder or a model to have it otherwise"
            ));
        }
        let model = ModelPlace::named(named, options.sentence)?.filter(|_| !is_built_in);
        let language = language.filter(|language| language.code.is_some());
        Ok(Settled { encoder: Some(encoder), schema, model, language })
    }

    /// Settles a collection of ready-made vectors: it keeps words where there are texts beside them.
    ///
    /// # Errors
    /// When a language is not known.
    pub fn of_vectors(
        &self,
        dim: usize,
        encoder: Option<&str>,
        sample: impl FnOnce() -> TextSample,
    ) -> Result<Settled> {
        let mut language = self.language.as_deref().map(CollectionLanguage::named).transpose()?;
        let words = match &self.words {
            NewWords::ByLanguage => {
                let sample = sample();
                let detected = || CollectionLanguage::detect(sample.texts());
                if !sample.is_empty() {
                    language = Some(language.unwrap_or_else(detected));
                }
                if sample.is_empty() { None } else { self.words_for(language.as_ref()) }
            }
            _ => self.words_for(None),
        };
        let schema = Schema { encoder: encoder.map(str::to_owned), words, ..Schema::new(dim) };
        let language = language.filter(|language| language.code.is_some());
        Ok(Settled { encoder: None, schema, model: None, language })
    }

    fn words_for(&self, language: Option<&CollectionLanguage>) -> Option<WordsSchema> {
        match &self.words {
            NewWords::None => None,
            NewWords::Named(words) => Some(words.clone()),
            NewWords::ByLanguage => {
                let is_english = language.is_none_or(CollectionLanguage::is_english);
                Some(WordsSchema::new(if is_english { ENGLISH } else { ANY_LANGUAGE }))
            }
        }
    }
}
