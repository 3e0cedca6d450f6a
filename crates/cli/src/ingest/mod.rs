//! From records to a collection: encode on all cores while the batch before is being written.

mod build;
mod destination;
mod detect;
mod languages;
mod prepare;
mod summary;
mod write;

pub(crate) use build::build;
pub(crate) use destination::Destination;
pub(crate) use languages::{Detected, Languages, told};
pub(crate) use prepare::{Preparation, searchable_text};
pub(crate) use summary::Summary;
pub(crate) use write::{fill, ingest};
