//! The encoder of a collection.

use crate::error::{Error, ErrorKind, Result};
use crate::models::Models;
use crate::monitor::Monitor;
use crate::row_words::stored_text;
use pleiad::{Schema, Snapshot};
use pleiad_encode::{Encoder, ModelEncoder, ModelOptions, Precision, QueryEncoder, StaticEncoder};
use std::path::PathBuf;

/// A built-in encoder that was tried and never was the default.
const WITHDRAWN: &str = "static-v2";

/// Chooses an encoder and says how it runs; the default is the built-in one.
#[derive(Debug, Clone, Default)]
pub struct EncoderOptions {
    /// The folder of a model or of a static encoder, or its name on the hub.
    pub model: Option<String>,
    /// Whether the model is one for collections that name no encoder, and was not asked for by name in this call:
    /// collections of a built-in encoder do without it then.
    pub is_default_model: bool,
    /// How a model calculates; 32-bit floats if nothing is said.
    pub precision: Option<Precision>,
    /// The language of the texts, for a model with one adapter per language.
    pub language: Option<String>,
    /// Tokens after which a document is cut off, if not the model's own.
    pub document_length: Option<usize>,
    /// The library of ONNX Runtime that runs the model.
    pub onnx_library: Option<PathBuf>,
}

impl EncoderOptions {
    /// Whether a model is asked for: each text costs much then.
    pub fn names_model(&self) -> bool {
        self.model.is_some()
    }
}

/// The schema of a collection for what an encoder makes.
pub fn schema_for(encoder: &dyn Encoder) -> Schema {
    Schema { encoder: Some(encoder.id().to_owned()), ..Schema::new(encoder.dim()) }
}

/// The schema of a collection for one of the built-in encoders.
///
/// # Errors
/// `Unsupported` when this version has no such encoder.
pub fn built_in_schema(id: &str) -> Result<Schema> {
    let encoder = StaticEncoder::built_in(id)?;
    let unknown = || Error::new(ErrorKind::Unsupported, format!("encoder {id} is not built in"));
    encoder.as_ref().map(|encoder| schema_for(encoder)).ok_or_else(unknown)
}

impl Models {
    /// Opens the model or the static encoder that the options name, or the built-in encoder. Cost: the weights of a model
    /// are read; one that is not on this machine is fetched.
    ///
    /// # Errors
    /// When the model cannot be had or read, or an option means nothing to it.
    pub fn open(&self, options: &EncoderOptions, monitor: &dyn Monitor) -> Result<Box<dyn Encoder>> {
        let encoder = self.open_quietly(options, monitor)?;
        encoder.notes().iter().for_each(|note| monitor.warn(note));
        Ok(encoder)
    }

    /// As [`Models::open`], without the notes that are for whoever chooses an encoder.
    fn open_quietly(&self, options: &EncoderOptions, monitor: &dyn Monitor) -> Result<Box<dyn Encoder>> {
        let Some(name) = &options.model else { return Ok(Box::new(StaticEncoder::load()?)) };
        let encoder = pleiad_encode::open(&self.find(name, monitor)?, &self.model_options(options))?;
        if options.onnx_library.is_some() && !encoder.runs_model() {
            let message =
                format!("{name} is a static encoder, which has no backbone for ONNX Runtime to run");
            return Err(Error::invalid(message));
        }
        Ok(encoder)
    }

    /// Opens the checkpoint that the options name; nothing if they name none.
    ///
    /// # Errors
    /// When it cannot be had or read.
    pub fn open_model(
        &self,
        options: &EncoderOptions,
        monitor: &dyn Monitor,
    ) -> Result<Option<ModelEncoder>> {
        let Some(name) = &options.model else { return Ok(None) };
        Ok(Some(ModelEncoder::open(&self.find(name, monitor)?, &self.model_options(options))?))
    }

    fn model_options(&self, options: &EncoderOptions) -> ModelOptions {
        ModelOptions {
            precision: options.precision.unwrap_or(Precision::F32),
            language: options.language.clone(),
            document_length: options.document_length,
            sentence: None,
            onnx_runtime: self.onnx_runtime(options.onnx_library.as_deref()),
        }
    }

    /// Has the model that the options name on this machine: fetching it may take long.
    ///
    /// # Errors
    /// When it cannot be had, or when the caller cancels.
    pub fn prepare(&self, options: &EncoderOptions, monitor: &dyn Monitor) -> Result<()> {
        let Some(name) = &options.model else { return Ok(()) };
        self.find(name, monitor).map(drop)
    }

    /// The encoder that a collection was created for, or nothing when it holds ready-made vectors.
    ///
    /// A language belongs to a call, the collection's own is what it means without one: adapters of one model give
    /// vectors of one space.
    ///
    /// # Errors
    /// When the collection was made with another encoder than the options name.
    pub fn of_collection(
        &self,
        schema: &Schema,
        options: &EncoderOptions,
        monitor: &dyn Monitor,
    ) -> Result<Option<Box<dyn Encoder>>> {
        let Some(id) = &schema.encoder else { return Ok(None) };
        if let Some(built_in) = StaticEncoder::built_in(id)? {
            return match &options.model {
                Some(name) if !options.is_default_model => {
                    let message = format!(
                        "this collection was made with the built-in encoder {id}, not with model {name}: \
                         their vectors cannot be compared, and it needs no model"
                    );
                    Err(Error::new(ErrorKind::Unsupported, message))
                }
                _ => Ok(Some(Box::new(built_in))),
            };
        }
        if id == WITHDRAWN {
            let message = format!(
                "this collection was made with {id}, which is no longer part of the program: add its documents to a new one"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        if !options.names_model() {
            let message = format!("this collection was made with model {id}: name its folder with --model");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let (base, language) = parts(id);
        let language = options.language.clone().or_else(|| language.map(str::to_owned));
        let encoder = self.open_quietly(&EncoderOptions { language, ..options.clone() }, monitor)?;
        if parts(encoder.id()).0 == base {
            return Ok(Some(encoder));
        }
        let message = format!(
            "this collection was made with encoder {id}, not with {}: their vectors cannot be compared",
            encoder.id()
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    /// As [`Models::of_collection`], with an encoder of queries to this collection. Cost: where that weighs words by the
    /// collection, some hundred texts are read.
    ///
    /// # Errors
    /// As [`Models::of_collection`]; also when a document cannot be read.
    pub fn for_queries(
        &self,
        snapshot: &Snapshot,
        options: &EncoderOptions,
        monitor: &dyn Monitor,
    ) -> Result<Option<CollectionEncoder>> {
        let found = self.of_collection(snapshot.schema(), options, monitor)?;
        let Some(documents) = found else { return Ok(None) };
        let sample = match documents.sample_size() {
            0 => Vec::new(),
            sample_size => snapshot.sample(sample_size)?,
        };
        let texts: Vec<_> = sample.iter().map(stored_text).collect();
        let queries = documents.for_collection(&texts.iter().map(AsRef::as_ref).collect::<Vec<&str>>());
        Ok(Some(CollectionEncoder { queries, documents }))
    }
}

/// The encoder of a collection, on both sides of a search.
pub struct CollectionEncoder {
    /// Encodes queries, with weights by this collection.
    pub queries: Box<dyn QueryEncoder>,
    /// Encodes documents, and so knows the words of their rows.
    pub documents: Box<dyn Encoder>,
}

/// The identity of a model without its language: adapters of one model give vectors of one space.
pub(crate) fn without_language(id: &str) -> &str {
    parts(id).0
}

/// The identity of a model without its language, and that.
fn parts(id: &str) -> (&str, Option<&str>) {
    let at = id.rfind('@').unwrap_or(0);
    match id[at..].find('+') {
        Some(plus) => (&id[..at + plus], Some(&id[at + plus + 1..])),
        None => (id, None),
    }
}

/// What to say about a text for a collection of ready-made vectors; `instead` is the way out.
pub fn without_encoder(schema: &Schema, instead: &str) -> Error {
    let dim = schema.dim;
    Error::invalid(format!(
        "this collection holds ready-made vectors of dimension {dim} and no encoder: {instead}"
    ))
}
