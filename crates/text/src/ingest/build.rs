use super::{Destination, Preparation, Summary, ingest};
use crate::encoder::EncoderOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::input::{Input, InputOptions};
use crate::models::Models;
use crate::monitor::{Monitor, Progress};
use crate::new_collection::{NewCollection, Settled};
use pleiad::{BuildParams, Collection};
use std::path::Path;
use std::sync::Arc;

/// Makes a collection of the texts of one input, which must not be there.
///
/// # Errors
/// As [`ingest`]; also when the caller cancels.
pub fn build(
    folder: &Path,
    data: &Path,
    models: &Models,
    options: &EncoderOptions,
    new: &NewCollection,
    is_strict: bool,
    monitor: &dyn Monitor,
) -> Result<Summary> {
    let input = Input::open(&[data.to_owned()], InputOptions { is_strict, ..InputOptions::default() })?;
    models.prepare(options, monitor)?;
    monitor.report(Progress::Begun { total_bytes: input.num_bytes() });
    let Settled { encoder, schema, model, language } =
        new.of_texts(models, options, || input.sample(monitor), monitor)?;
    let params = BuildParams::default();
    let destination = Destination::there(Collection::create(folder, &schema)?, params, monitor)?;
    if let Some(model) = &model {
        destination.remember(model)?;
    }
    if let Some(language) = &language {
        destination.remember_language(language)?;
    }
    let preparation = Preparation {
        is_strict,
        ..Preparation::new(&schema, encoder.map(Arc::from), input.consumed(), params.memory_bytes)?
    };
    let summary = ingest(destination, preparation, input.into_records(), monitor)?;
    if summary.is_interrupted {
        return Err(Error::new(ErrorKind::Cancelled, "interrupted"));
    }
    Ok(summary)
}
