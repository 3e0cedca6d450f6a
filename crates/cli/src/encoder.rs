//! Which encoder a collection uses.

use crate::args::{ModelArgs, PrecisionName};
use crate::exit::{Exit, Failure, Result};
use crate::interrupt::Interrupt;
use crate::model_folder;
use crate::output::warn;
use crate::row_words::stored_text;
use pleiad::{Schema, Snapshot};
use pleiad_encode::{
    Encoder, ModelEncoder, ModelOptions, OnnxRuntime, Precision, QueryEncoder, StaticEncoder,
};
use std::env;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The library of ONNX Runtime for checkpoints, where no flag names one.
const ONNX_RUNTIME: &str = "PLEIAD_ONNX_RUNTIME";

/// A built-in encoder that was tried and never was the default.
const WITHDRAWN: &str = "static-v2";

/// The schema of a collection for text.
pub(crate) fn schema(model: &ModelArgs) -> Result<Schema> {
    Ok(schema_of(&*chosen(model)?))
}

/// The schema of a collection for what an encoder makes.
pub(crate) fn schema_of(encoder: &dyn Encoder) -> Schema {
    Schema { encoder: Some(encoder.id().to_owned()), ..Schema::new(encoder.dim()) }
}

/// The built-in encoder.
pub(crate) fn load() -> Result<StaticEncoder> {
    Ok(StaticEncoder::load()?)
}

/// The model or the static encoder that the flags name, or the built-in encoder.
pub(crate) fn chosen(model: &ModelArgs) -> Result<Box<dyn Encoder>> {
    let Some(name) = &model.model else { return Ok(Box::new(load()?)) };
    let encoder = pleiad_encode::open(&model_folder::find(name, &Interrupt::default())?, &options(model))?;
    if model.onnx_runtime.is_some() && !encoder.runs_model() {
        let message = format!("{name} is a static encoder, which has no backbone for --onnx-runtime to run");
        return Err(Failure::invalid(message));
    }
    encoder.notes().iter().for_each(|note| warn(note));
    Ok(encoder)
}

/// The model that the flags name, if they do.
pub(crate) fn model(model: &ModelArgs) -> Result<Option<ModelEncoder>> {
    let Some(name) = &model.model else { return Ok(None) };
    let folder = model_folder::find(name, &Interrupt::default())?;
    Ok(Some(ModelEncoder::open(&folder, &options(model))?))
}

/// The flags as the library takes them.
fn options(model: &ModelArgs) -> ModelOptions {
    ModelOptions {
        precision: match model.precision {
            None | Some(PrecisionName::F32) => Precision::F32,
            Some(PrecisionName::Int8) => Precision::Int8,
        },
        language: model.language.clone(),
        document_length: model.document_length,
        onnx_runtime: onnx_runtime(model),
    }
}

/// ONNX Runtime, where a flag or the environment names its library. A process has one.
fn onnx_runtime(model: &ModelArgs) -> Option<OnnxRuntime> {
    static RUNTIME: OnceLock<OnnxRuntime> = OnceLock::new();
    let library = model.onnx_runtime.clone().or_else(|| env::var_os(ONNX_RUNTIME).map(PathBuf::from))?;
    Some(RUNTIME.get_or_init(|| OnnxRuntime::new(library)).clone())
}

/// Has the model that the flags name on this machine: fetching it may take long, and stops at Ctrl-C.
pub(crate) fn prepare(model: &ModelArgs, interrupt: &Interrupt) -> Result<()> {
    let Some(name) = &model.model else { return Ok(()) };
    model_folder::find(name, interrupt).map(drop)
}

/// The encoder that a collection was created for, or nothing when it holds ready-made vectors.
///
/// A language belongs to a call, the collection's own is what it means without one: adapters of one model give vectors
/// of one space.
///
/// # Errors
/// When the collection was made with another encoder than the flags name.
pub(crate) fn of(schema: &Schema, model: &ModelArgs) -> Result<Option<Box<dyn Encoder>>> {
    let Some(id) = &schema.encoder else { return Ok(None) };
    // A collection of a built-in encoder needs no model, whatever PLEIAD_MODEL says.
    if let Some(built_in) = StaticEncoder::built_in(id)? {
        return Ok(Some(Box::new(built_in)));
    }
    if id == WITHDRAWN {
        let message = format!(
            "this collection was made with {id}, which is no longer part of the program: add its documents to a new one"
        );
        return Err(Failure::new(Exit::Unsupported, message));
    }
    if !model.is_given() {
        let message = format!("this collection was made with model {id}: name its folder with --model");
        return Err(Failure::new(Exit::Unsupported, message));
    }
    let (base, language) = parts(id);
    let language = model.language.clone().or_else(|| language.map(str::to_owned));
    let encoder = chosen(&ModelArgs { language, ..model.clone() })?;
    if parts(encoder.id()).0 == base {
        return Ok(Some(encoder));
    }
    let message = format!(
        "this collection was made with encoder {id}, not with {}: their vectors cannot be compared",
        encoder.id()
    );
    Err(Failure::new(Exit::Unsupported, message))
}

/// The encoder of a collection, on both sides of a search.
pub(crate) struct Asking {
    /// Encodes queries, with weights by this collection.
    pub(crate) queries: Box<dyn QueryEncoder>,
    /// Encodes documents, and so knows the words of their rows.
    pub(crate) documents: Box<dyn Encoder>,
}

/// As [`of`], with an encoder of queries to this collection. Cost: where that weighs words by the collection, some hundred
/// texts are read.
///
/// # Errors
/// As [`of`]; also when a document cannot be read.
pub(crate) fn asking(snapshot: &Snapshot, model: &ModelArgs) -> Result<Option<Asking>> {
    let Some(encoder) = of(snapshot.schema(), model)? else { return Ok(None) };
    let sample = match encoder.sample_size() {
        0 => Vec::new(),
        sample_size => snapshot.sample(sample_size)?,
    };
    let texts: Vec<_> = sample.iter().map(stored_text).collect();
    let queries = encoder.for_collection(&texts.iter().map(AsRef::as_ref).collect::<Vec<&str>>());
    Ok(Some(Asking { queries, documents: encoder }))
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
pub(crate) fn missing(schema: &Schema, instead: &str) -> Failure {
    let dim = schema.dim;
    Failure::invalid(format!(
        "this collection holds ready-made vectors of dimension {dim} and no encoder: {instead}"
    ))
}
