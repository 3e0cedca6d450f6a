//! Which encoder a collection uses.

use crate::exit::{Exit, Failure, Result};
use pleiad::Schema;
use pleiad_encode::{Encoder, StaticEncoder};

/// The schema of a collection for text.
pub(crate) fn schema() -> Result<Schema> {
    let encoder = load()?;
    Ok(Schema { encoder: Some(encoder.id().to_owned()), ..Schema::new(encoder.dim()) })
}

/// The built-in encoder.
pub(crate) fn load() -> Result<StaticEncoder> {
    Ok(StaticEncoder::load()?)
}

/// The encoder that a collection was created for, or nothing when it holds ready-made vectors.
///
/// # Errors
/// When the collection was made with an encoder that this program does not have.
pub(crate) fn of(schema: &Schema) -> Result<Option<StaticEncoder>> {
    let Some(id) = &schema.encoder else { return Ok(None) };
    let encoder = load()?;
    if encoder.id() == id {
        return Ok(Some(encoder));
    }
    let message =
        format!("this collection was made with encoder {id:?}; this program has {:?}", encoder.id());
    Err(Failure::new(Exit::Unsupported, message))
}

/// What to say about a text for a collection of ready-made vectors; `instead` is the way out.
pub(crate) fn missing(schema: &Schema, instead: &str) -> Failure {
    let dim = schema.dim;
    Failure::invalid(format!(
        "this collection holds ready-made vectors of dimension {dim} and no encoder: {instead}"
    ))
}
