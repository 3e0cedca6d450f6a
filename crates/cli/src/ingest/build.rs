use super::{Destination, Preparation, Summary, ingest};
use crate::args::ModelArgs;
use crate::encoder;
use crate::exit::{Exit, Failure, Result};
use crate::input::Input;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use pleiad::{BuildParams, Collection};
use std::path::Path;

/// Makes a collection of the texts of one input.
///
/// # Errors
/// As [`ingest`]; also when it is interrupted.
pub(crate) fn build(
    folder: &Path,
    data: &Path,
    model: &ModelArgs,
    is_strict: bool,
    interrupt: &Interrupt,
) -> Result<Summary> {
    let input = Input::open(&[data.to_owned()])?;
    let progress = Progress::start(input.num_bytes());
    let encoder = encoder::chosen(model)?;
    let schema = encoder::schema_of(&*encoder);
    let params = BuildParams::default();
    let destination = Destination::there(Collection::create(folder, &schema)?, params)?;
    let preparation = Preparation {
        encoder: Some(encoder),
        languages: None,
        dim: schema.dim,
        is_strict,
        consumed: input.consumed(),
        runs_model: model.is_given(),
        stored: None,
        memory_bytes: params.memory_bytes,
    };
    let summary = ingest(destination, preparation, input.into_records(), &progress, interrupt)?;
    if summary.is_interrupted {
        return Err(Failure::new(Exit::Interrupted, "interrupted"));
    }
    Ok(summary)
}
