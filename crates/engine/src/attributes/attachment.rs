use super::{damaged, gather};
use crate::Snapshot;
use crate::columns::ATTRIBUTES;
use crate::error::{Error, Result};
use crate::maintenance::attachment::Attachment;
use pleiad_index::attributes::Attributes;
use pleiad_store::PartView;
use rayon::prelude::*;

/// The name of the attachment.
pub(crate) const ATTACHMENT: &str = "attributes";

/// First bytes of an index of this version.
const MAGIC: &[u8] = b"PLATTRS1";

/// Rows from which on a segment has an index: the attributes of fewer are read sooner.
const MIN_ROWS: u32 = 256;

/// The index of a part's attributes; nothing where it has none, or has it as another release writes it.
///
/// # Errors
/// `Corrupt` when it is damaged.
pub(crate) fn index_of(part: &PartView) -> Result<Option<Attributes<'_>>> {
    let Some(bytes) = bytes_of(part)? else { return Ok(None) };
    let blob_name = || part.attachment(ATTACHMENT).map_or_else(String::new, |blob| blob.file().to_owned());
    let attributes = Attributes::read(bytes).map_err(|error| damaged(&blob_name(), error))?;
    if attributes.num_rows() != part.num_rows() {
        let message = format!(
            "{}: these are attributes of another segment: `pleiad repair` leaves them out",
            blob_name()
        );
        return Err(Error::corrupt(message));
    }
    Ok(Some(attributes))
}

/// The bytes of it.
fn bytes_of(part: &PartView) -> Result<Option<&[u8]>> {
    let Some(blob) = part.attachment(ATTACHMENT) else { return Ok(None) };
    let bytes = blob.bytes()?;
    Ok(bytes.starts_with(MAGIC).then_some(bytes))
}

/// Returns whether a row has attributes. Cost: the lengths of the rows up to the first one that has.
fn has_attributes(part: &PartView) -> Result<bool> {
    for row in 0..part.num_rows() {
        if !part.column(ATTRIBUTES, row)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Builds the attachment: one pass over the attributes of a segment.
pub(crate) struct AttributesAttachment;

impl Attachment for AttributesAttachment {
    fn name(&self) -> &str {
        ATTACHMENT
    }

    fn is_missing(&self, segment: &PartView) -> Result<bool> {
        Ok(segment.num_rows() >= MIN_ROWS && index_of(segment)?.is_none() && has_attributes(segment)?)
    }

    fn build(&self, segment: &PartView) -> Result<Vec<u8>> {
        gather::build(segment)
    }

    /// Eight bytes for each value of a row beside the values, as they are collected and as they are written: some four times
    /// what an index takes.
    fn merge_bytes_per_row(&self, parts: &[PartView]) -> u64 {
        let indexed =
            || parts.iter().filter_map(|part| Some((part.attachment(ATTACHMENT)?.len() as u64, part)));
        let num_bytes: u64 = indexed().map(|(num_bytes, _)| num_bytes).sum();
        let num_rows: u64 = indexed().map(|(_, part)| u64::from(part.num_rows())).sum();
        4 * num_bytes.div_ceil(num_rows.max(1))
    }
}

/// Segments whose index of attributes is not that of their rows, in words. Cost: all of them are made anew.
pub(crate) fn verify_encodings(snapshot: &Snapshot) -> Vec<String> {
    let differs = |part: &PartView| -> Result<bool> {
        let Some(bytes) = bytes_of(part)? else { return Ok(false) };
        Ok(gather::build(part)? != bytes)
    };
    let told = |part: &PartView| match differs(part) {
        Ok(false) => None,
        Ok(true) => Some(format!("{}: its attributes are not those of its documents", part.name())),
        Err(error) => Some(error.to_string()),
    };
    snapshot.view.parts().par_iter().filter_map(told).collect()
}
