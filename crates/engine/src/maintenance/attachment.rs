use crate::error::Result;
use pleiad_store::{PartId, PartView, SharedWriter};

/// An auxiliary index that segments keep as an attachment. It follows from the rows of its segment, can be built
/// again at any time, and no answer needs it.
///
/// A value of it knows what builds it: codecs, centroids. Those of a collection are listed by `merge::attachments`.
pub(crate) trait Attachment {
    /// The name of the attachment in the store, never given to anything else.
    fn name(&self) -> &str;

    /// Returns whether a segment is to have it and does not. Cost: no row is read.
    ///
    /// # Errors
    /// `Corrupt` when the segment has one that is damaged.
    fn is_missing(&self, segment: &PartView) -> Result<bool>;

    /// The bytes for a segment, deleted rows included: rows keep their numbers.
    ///
    /// # Errors
    /// `Corrupt` when a row cannot be read.
    fn build(&self, segment: &PartView) -> Result<Vec<u8>>;

    /// The bytes for the segment that the live rows of `sources` were merged into, as [`Attachment::build`] makes them:
    /// cheaper where the sources have the attachment.
    ///
    /// # Errors
    /// As [`Attachment::build`].
    fn merge(&self, _sources: &[PartView], merged: &PartView) -> Result<Vec<u8>> {
        self.build(merged)
    }

    /// Bytes of memory that merging it takes for each row, rounded up. `parts` are those of the collection, whose
    /// attachments may tell. Cost: O(parts).
    fn merge_bytes_per_row(&self, parts: &[PartView]) -> u64;
}

/// Gives one segment the attachment that it lacks; false when none lacks it. Cost: that of building it.
pub(crate) fn attach_next(store: &SharedWriter, attachment: &dyn Attachment) -> Result<bool> {
    for part in store.view().parts() {
        if matches!(part.part_id(), PartId::Segment(_)) && attachment.is_missing(part)? {
            let bytes = attachment.build(part)?;
            store.with(|writer| writer.attach(part.part_id(), attachment.name(), &bytes))?;
            return Ok(true);
        }
    }
    Ok(false)
}
