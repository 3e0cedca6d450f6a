use super::{Destination, Preparation, Summary, ingest};
use crate::encoder::{EncoderOptions, is_built_in, schema_for};
use crate::error::{Error, ErrorKind, Result};
use crate::input::{Input, InputOptions};
use crate::model_place::ModelPlace;
use crate::models::Models;
use crate::monitor::{Monitor, Progress};
use crate::words::WordsAnalyzer;
use pleiad::{BuildParams, Collection};
use std::path::Path;

/// Makes a collection of the texts of one input.
///
/// # Errors
/// As [`ingest`]; also when the caller cancels.
pub fn build(
    folder: &Path,
    data: &Path,
    models: &Models,
    options: &EncoderOptions,
    is_strict: bool,
    monitor: &dyn Monitor,
) -> Result<Summary> {
    let input = Input::open(&[data.to_owned()], InputOptions { is_strict, ..InputOptions::default() })?;
    models.prepare(options, monitor)?;
    monitor.report(Progress::Begun { total_bytes: input.num_bytes() });
    let encoder = models.open(options, monitor)?;
    let schema = schema_for(&*encoder);
    let params = BuildParams::default();
    let destination = Destination::there(Collection::create(folder, &schema)?, params, monitor)?;
    if let Some(model) = ModelPlace::named(options.named_model())?.filter(|_| !is_built_in(encoder.id())) {
        destination.remember(&model)?;
    }
    let preparation = Preparation {
        languages: None,
        encoder_id: schema.encoder.clone(),
        words: WordsAnalyzer::of(&schema)?,
        dim: schema.dim,
        is_strict,
        consumed: input.consumed(),
        runs_model: encoder.runs_model(),
        encoder: Some(encoder),
        stored: None,
        memory_bytes: params.memory_bytes,
    };
    let summary = ingest(destination, preparation, input.into_records(), monitor)?;
    if summary.is_interrupted {
        return Err(Error::new(ErrorKind::Cancelled, "interrupted"));
    }
    Ok(summary)
}
