//! Models and new collections as Python names them.

use crate::failure::{Failure, Result};
use crate::signals::Signals;
use pleiad::{BuildParams, Collection, Schema, Snapshot, TokenCode, TokenEncoding, WordsSchema};
use pleiad_encode::Encoder;
use pleiad_text::ingest::Destination;
use pleiad_text::input::{Content, Record, TextSample};
use pleiad_text::{EncoderOptions, ModelPlaces, Models, NewCollection, NewWords, Settled};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Folders of models: those of the user, and the cache of the hub's own client. Nothing is fetched.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Places {
    models: Option<PathBuf>,
    cache: Option<PathBuf>,
}

impl Places {
    pub(crate) fn models(self) -> Models {
        let Self { models, cache } = self;
        Models::new(ModelPlaces { folder: models, cache, ..ModelPlaces::default() })
    }
}

/// The encoder of a collection, opened when a text has to become vectors and kept from then on.
pub(crate) struct Encoders {
    models: Models,
    options: EncoderOptions,
    opened: Mutex<Option<Arc<dyn Encoder>>>,
}

impl Encoders {
    pub(crate) fn new(models: Models, model: Option<String>) -> Self {
        let options = EncoderOptions { default_model: model, ..EncoderOptions::default() };
        Self { models, options, opened: Mutex::new(None) }
    }

    /// The encoder that a collection was made for; nothing where it holds ready-made vectors.
    ///
    /// # Errors
    /// When its model cannot be had.
    pub(crate) fn of(&self, snapshot: &Snapshot, signals: &Signals) -> Result<Option<Arc<dyn Encoder>>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.is_none() {
            *opened = self.models.of_collection(snapshot, &self.options, signals)?.map(Arc::from);
        }
        Ok(opened.clone())
    }

    fn keep(&self, encoder: Arc<dyn Encoder>) -> Arc<dyn Encoder> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(encoder).clone()
    }
}

/// Settings of a new collection; those that are not named follow from its first documents.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct New {
    dim: Option<usize>,
    words: Option<String>,
    language: Option<String>,
    tokens: Option<String>,
    tenants: bool,
}

impl New {
    /// The dimension of ready-made vectors, where it is said before there are any.
    pub(crate) fn dim(&self) -> Option<usize> {
        self.dim
    }

    /// The schema of a collection of ready-made vectors.
    ///
    /// # Errors
    /// `InvalidArgument` for a code or a language that there is not.
    pub(crate) fn schema_of_vectors(
        &self,
        dim: usize,
        sample: impl FnOnce() -> TextSample,
    ) -> Result<Settled> {
        let mut settled = self.collection().of_vectors(dim, None, sample)?;
        settled.schema = self.schema(settled.schema)?;
        Ok(settled)
    }

    /// Plans a collection for its first documents: of ready-made vectors where one of them has some, else of texts.
    ///
    /// # Errors
    /// When what is said does not fit them, or the model cannot be had.
    pub(crate) fn plan(
        &self,
        place: &Path,
        params: BuildParams,
        records: &[Record],
        encoders: &Encoders,
        signals: &Signals,
    ) -> Result<(Destination, Option<Arc<dyn Encoder>>)> {
        let sample = || {
            let mut sample = TextSample::default();
            records.iter().for_each(|record| sample.add(record));
            sample
        };
        let dims = records.iter().filter_map(|record| match &record.content {
            Content::Vectors { vectors, .. } => Some(vectors.dim()),
            Content::Text { .. } => None,
        });
        let settled = match dims.into_iter().next() {
            Some(dim) => self.schema_of_vectors(dim, sample)?,
            None => {
                let mut settled =
                    self.collection().of_texts(&encoders.models, &encoders.options, sample, signals)?;
                settled.schema = self.schema(settled.schema)?;
                settled
            }
        };
        let Settled { encoder, schema, model, language } = settled;
        let encoder = encoder.map(|encoder| encoders.keep(Arc::from(encoder)));
        let (folder, schema) = (place.to_owned(), Box::new(schema));
        Ok((Destination::Planned { folder, schema, params, model, language }, encoder))
    }

    /// Makes a collection of ready-made vectors at once.
    ///
    /// # Errors
    /// As [`New::schema_of_vectors`], and when the folder cannot be made.
    pub(crate) fn make(&self, place: &Path, dim: usize) -> Result<Collection> {
        let settled = self.schema_of_vectors(dim, TextSample::default)?;
        Ok(Collection::create_or_open(place, &settled.schema)?)
    }

    fn collection(&self) -> NewCollection {
        let words = match self.words.as_deref() {
            None => NewWords::ByLanguage,
            Some("none") => NewWords::None,
            Some(analyzer) => NewWords::Named(WordsSchema::new(analyzer)),
        };
        NewCollection { words, language: self.language.clone() }
    }

    /// A schema with the code of tokens, and tenants, where they are named.
    fn schema(&self, schema: Schema) -> Result<Schema> {
        let schema = Schema { tenants: self.tenants, ..schema };
        let code = match self.tokens.as_deref() {
            None => return Ok(schema),
            Some("f16") => TokenCode::F16,
            Some("int8") => TokenCode::Int8,
            Some("int4") => TokenCode::Int4,
            Some("int2") => TokenCode::Int2,
            Some("int1") => TokenCode::Int1,
            Some(other) => {
                let message = format!("tokens is {other:?}; it is f16, int8, int4, int2 or int1");
                return Err(Failure::invalid(message));
            }
        };
        Ok(Schema { tokens: TokenEncoding::new(code, None)?, ..schema })
    }
}
