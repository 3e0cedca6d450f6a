//! The attribute index of a collection: which rows of a segment have which value at which path.
//!
//! It is an attachment ([`attachment`]), made of the stored attributes beside searching and writing, and never needed: where it
//! is missing, and in batches of the log, filters are decided on the attributes of each row. Where it is there, it says of a
//! predicate which rows certainly pass and which may ([`evaluate`]); only those between are read.

mod attachment;
mod evaluate;
mod gather;
mod info;
#[cfg(test)]
mod tests;

pub(crate) use attachment::{ATTACHMENT, AttributesAttachment, index_of, verify_encodings};
pub(crate) use evaluate::{Known, rows_known};
pub use info::AttributeInfo;
pub(crate) use info::attributes_of;

use crate::error::Error;
use pleiad_index::attributes::AttributesError;

/// Damage of a part's attributes.
fn damaged(part: &str, error: AttributesError) -> Error {
    Error::corrupt(format!("{part}: {error}: `pleiad repair` leaves them out")).caused_by(error)
}
