//! The encoder of a collection.

use crate::error::{Error, ErrorKind, Result};
use crate::model_place::ModelPlace;
use crate::models::Models;
use crate::monitor::Monitor;
use pleiad::{FdeParams, SentenceSchema, SetEncoding};
use pleiad::{Reduction, Schema, Snapshot, TokenCode, TokenEncoding};
use pleiad_encode::{Encoder, ModelEncoder, ModelOptions, Precision, Sentence, WordsOnly};
use std::path::{Path, PathBuf};

/// Ids of the encoders that are part of the program.
const BUILT_IN: [&str; 2] = [ModelEncoder::MINI, WordsOnly::ID];

/// Encoders of earlier releases, tables of fixed vectors, which lost to words alone.
const WITHDRAWN: [&str; 3] = ["static-v1", "static-v2", "static-v3"];

/// Chooses an encoder and says how it runs; the default is the built-in one.
#[derive(Debug, Clone, Default)]
pub struct EncoderOptions {
    /// The folder of a model, its name on the hub, or the name of a built-in encoder. A collection that was made with another one refuses it.
    pub model: Option<String>,
    /// The model of a new collection where none is named, and of one whose own is not found. Other collections do not
    /// mind it.
    pub default_model: Option<String>,
    /// Precision of the model; 32-bit floats by default.
    pub precision: Option<Precision>,
    /// The language of the texts, for a model with one adapter per language.
    pub language: Option<String>,
    /// Tokens after which a document is cut off, if not the model's own.
    pub document_length: Option<usize>,
    /// Vector of each whole text, if not the one that the model's folder says: for a new collection, which remembers it.
    pub sentence: Option<Sentence>,
    /// The library of ONNX Runtime that runs the model.
    pub onnx_library: Option<PathBuf>,
}

impl EncoderOptions {
    /// The model that a new collection gets; nothing for the built-in encoder.
    pub fn named_model(&self) -> Option<&str> {
        self.model.as_deref().or(self.default_model.as_deref())
    }

    /// The option that only a checkpoint has, if one is given.
    fn of_checkpoint(&self) -> Option<&'static str> {
        [
            ("precision", self.precision.is_some()),
            ("language", self.language.is_some()),
            ("document length", self.document_length.is_some()),
            ("choice of sentence vectors", self.sentence.is_some()),
            ("ONNX Runtime", self.onnx_library.is_some()),
        ]
        .iter()
        .find_map(|(name, is_given)| is_given.then_some(*name))
    }
}

/// The schema of a collection for what an encoder makes.
pub fn schema_for(encoder: &dyn Encoder) -> Schema {
    let sentence = encoder.sentence_dim().map(|dim| SentenceSchema { dim });
    Schema { encoder: Some(encoder.id().to_owned()), sentence, ..Schema::new(encoder.dim()) }
}

/// Returns whether a collection is searched by its words alone, as its encoder gives every text the same vector.
pub(crate) fn has_words_alone(schema: &Schema) -> bool {
    schema.encoder.as_deref() == Some(WordsOnly::ID)
}

/// Returns whether an encoder is part of the program.
pub fn is_built_in(id: &str) -> bool {
    BUILT_IN.contains(&id)
}

/// The schema of a collection for one of the built-in encoders.
///
/// # Errors
/// `Unsupported` when this version has no such encoder.
pub fn built_in_schema(id: &str) -> Result<Schema> {
    if id == ModelEncoder::MINI {
        // Half of the rows in half of the bytes find as much (`docs/models.md`). The model need not be opened for this.
        let mut schema = Schema {
            encoder: Some(id.to_owned()),
            reduction: Reduction::Ward { factor: 2 },
            tokens: TokenEncoding::new(TokenCode::Int4, None)?,
            sentence: Some(SentenceSchema { dim: ModelEncoder::MINI_SENTENCE_DIM }),
            ..Schema::new(ModelEncoder::MINI_DIM)
        };
        // Words and sentence vectors find the candidates of fused searches (`docs/defaults.md`): half an FDE will do.
        if let SetEncoding::Fde { params, .. } = &mut schema.encoding {
            *params = FdeParams { repetitions: 20, ..params.clone() };
        }
        return Ok(schema);
    }
    if id == WordsOnly::ID {
        let mut schema = Schema { encoder: Some(id.to_owned()), ..Schema::new(WordsOnly::DIM) };
        // One vector for all texts ranks nothing: the least encoding will do.
        if let SetEncoding::Fde { params, .. } = &mut schema.encoding {
            *params =
                FdeParams { repetitions: 1, simhash_projections: 0, projection_dim: None, ..params.clone() };
        }
        return Ok(schema);
    }
    let encoder = pleiad_encode::built_in(id)?;
    let unknown = || Error::new(ErrorKind::Unsupported, format!("encoder {id} is not built in"));
    encoder.map(|encoder| schema_for(&*encoder)).ok_or_else(unknown)
}

impl Models {
    /// Opens the model that the options name, or the built-in one. Cost: the weights are read; a model that is not on this
    /// machine is fetched.
    ///
    /// # Errors
    /// When the model cannot be had or read, or an option means nothing to it.
    pub fn open(&self, options: &EncoderOptions, monitor: &dyn Monitor) -> Result<Box<dyn Encoder>> {
        let encoder = match options.named_model() {
            None => self.open_named(ModelEncoder::MINI, options, monitor)?,
            Some(name) => self.open_named(name, options, monitor)?,
        };
        // They are for whoever chooses an encoder: later calls open the one that was chosen.
        encoder.notes().iter().for_each(|note| monitor.warn(note));
        Ok(encoder)
    }

    fn open_named(
        &self,
        name: &str,
        options: &EncoderOptions,
        monitor: &dyn Monitor,
    ) -> Result<Box<dyn Encoder>> {
        if let (false, Some(encoder)) = (Path::new(name).is_dir(), pleiad_encode::built_in(name)?) {
            return built_in(encoder, options);
        }
        Ok(pleiad_encode::open(&self.find(name, monitor)?, &self.model_options(options))?)
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
        let Some(name) = options.named_model() else { return Ok(None) };
        Ok(Some(ModelEncoder::open(&self.find(name, monitor)?, &self.model_options(options))?))
    }

    fn model_options(&self, options: &EncoderOptions) -> ModelOptions {
        ModelOptions {
            precision: options.precision.unwrap_or(Precision::F32),
            language: options.language.clone(),
            document_length: options.document_length,
            sentence: options.sentence,
            onnx_runtime: self.onnx_runtime(options.onnx_library.as_deref()),
        }
    }

    /// Has the model that the options name on this machine: fetching it may take long.
    ///
    /// # Errors
    /// When it cannot be had, or when the caller cancels.
    pub fn prepare(&self, options: &EncoderOptions, monitor: &dyn Monitor) -> Result<()> {
        let Some(name) = options.named_model() else { return Ok(()) };
        match !Path::new(name).is_dir() && is_built_in(name) {
            true => Ok(()),
            false => self.find(name, monitor).map(drop),
        }
    }

    /// The encoder that a collection was created for, or nothing when it holds ready-made vectors: the model that the
    /// options name, else the one that the collection remembers, else the default of the options.
    ///
    /// A language belongs to a call, the collection's own is what it means without one: adapters of one model give
    /// vectors of one space.
    ///
    /// # Errors
    /// When the collection was made with another encoder than the options name, or its model is not found any more.
    pub fn of_collection(
        &self,
        snapshot: &Snapshot,
        options: &EncoderOptions,
        monitor: &dyn Monitor,
    ) -> Result<Option<Box<dyn Encoder>>> {
        let Some(id) = &snapshot.schema().encoder else { return Ok(None) };
        if WITHDRAWN.contains(&id.as_str()) {
            let message = format!(
                "this collection was made with {id}, which is no longer part of the program: export its documents \
                 (`pleiad export`) and add them to a new collection"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        if let Some(encoder) = pleiad_encode::built_in(id)? {
            return match &options.model {
                Some(name) if name != id => {
                    let message = format!(
                        "this collection was made with the built-in encoder {id}, not with model {name}: \
                         their vectors cannot be compared, and it needs no model"
                    );
                    Err(Error::new(ErrorKind::Unsupported, message))
                }
                _ => built_in(encoder, options).map(Some),
            };
        }
        let remembered = ModelPlace::of(snapshot)?;
        let kept = remembered.as_ref().and_then(ModelPlace::sentence);
        if options.sentence.is_some() && options.sentence != kept {
            return Err(Error::invalid(
                "what makes the vectors of whole texts was settled when this collection was made: leave it out, or make a new one",
            ));
        }
        let options = &EncoderOptions { sentence: kept, ..options.clone() };
        if let Some(name) = &options.model {
            return self.open_as(id, name, options, monitor).map(Some);
        }
        let remembered = remembered.as_ref().map(ModelPlace::model);
        let mut reasons = Vec::new();
        for name in remembered.into_iter().chain(options.default_model.as_deref()) {
            match self.open_as(id, name, options, monitor) {
                Ok(encoder) => return Ok(Some(encoder)),
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(error) => reasons.push(error),
            }
        }
        Err(lost_model(id, remembered, reasons))
    }

    /// Opens a model, which must be the encoder with this id.
    fn open_as(
        &self,
        id: &str,
        name: &str,
        options: &EncoderOptions,
        monitor: &dyn Monitor,
    ) -> Result<Box<dyn Encoder>> {
        let (base, language) = parts(id);
        let language = options.language.clone().or_else(|| language.map(str::to_owned));
        let encoder = self.open_named(name, &EncoderOptions { language, ..options.clone() }, monitor)?;
        if parts(encoder.id()).0 == base {
            return Ok(encoder);
        }
        let message = format!(
            "this collection was made with encoder {id}, not with {}: their vectors cannot be compared",
            encoder.id()
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}

/// The identity of a model without its language: adapters of one model give vectors of one space.
pub(crate) fn without_language(id: &str) -> &str {
    parts(id).0
}

/// A built-in encoder, which has none of the options of a checkpoint.
fn built_in(encoder: Box<dyn Encoder>, options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    match options.of_checkpoint() {
        None => Ok(encoder),
        Some(option) => {
            let message = format!("encoder {} is built in, it has no {option}: name a model", encoder.id());
            Err(Error::invalid(message))
        }
    }
}

/// An error that says where a collection's model was looked for, and how to point to it.
fn lost_model(id: &str, remembered: Option<&str>, reasons: Vec<Error>) -> Error {
    let way_out = "name its folder or its name with --model: `add` remembers it then";
    let Some(first) = reasons.into_iter().next() else {
        let message =
            format!("this collection was made with model {id}, and nothing says where that is: {way_out}");
        return Error::new(ErrorKind::Unsupported, message);
    };
    let found = remembered.map(|place| format!(", which was found at {place}")).unwrap_or_default();
    first.with_note(format!("this collection was made with model {id}{found}. If that has moved, {way_out}"))
}

/// The identity of a model without its language, and that.
fn parts(id: &str) -> (&str, Option<&str>) {
    let at = id.rfind('@').unwrap_or(0);
    match id[at..].find('+') {
        Some(plus) => (&id[..at + plus], Some(&id[at + plus + 1..])),
        None => (id, None),
    }
}

/// Returns the error about a text for a collection of ready-made vectors; `instead` is the way out.
pub fn without_encoder(schema: &Schema, instead: &str) -> Error {
    let dim = schema.dim;
    Error::invalid(format!(
        "this collection holds ready-made vectors of dimension {dim} and no encoder: {instead}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_encoders_are_known_by_their_ids() {
        for id in BUILT_IN {
            let encoder = pleiad_encode::built_in(id).unwrap().unwrap();
            let schema = built_in_schema(id).unwrap();
            assert_eq!((encoder.id(), schema.encoder.as_deref()), (id, Some(id)));
            assert_eq!((encoder.dim(), encoder.sentence_dim()), (schema.dim, schema.sentence.map(|s| s.dim)));
        }
        assert!(!WITHDRAWN.into_iter().any(is_built_in));
    }
}
