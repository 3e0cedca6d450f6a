//! From records to a collection: encode on all cores while the batch before is being written.

mod build;
mod destination;
mod encode_folder;
mod languages;
mod on_conflict;
mod prepare;
mod sets;
mod summary;
mod write;

pub use crate::row_words::searchable_text;
pub use build::build;
pub use destination::{Destination, Opened};
pub use encode_folder::{EncodedFolder, encode_folder};
pub use languages::{Detected, Languages};
pub use on_conflict::OnConflict;
pub use prepare::{Preparation, Prepared};
pub use summary::Summary;
pub use write::{fill, ingest};
