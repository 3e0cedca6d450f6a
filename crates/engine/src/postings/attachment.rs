use super::{MIN_ROWS, PostingCentroids, build, of_part};
use crate::error::Result;
use crate::maintenance::attachment::Attachment;
use crate::vector_field::VectorField;
use pleiad_compress::TokenCodec;
use pleiad_store::{PartView, View};
use std::sync::Arc;

/// The postings that segments of a collection are to have as long as there are centroids.
pub(crate) struct PostingsAttachment<'a> {
    field: &'a VectorField,
    codec: &'a TokenCodec,
    centroids: Arc<PostingCentroids>,
}

impl<'a> PostingsAttachment<'a> {
    /// Nothing where the collection has no centroids.
    pub(crate) fn of(field: &'a VectorField, view: &View) -> Result<Option<Self>> {
        let Some(centroids) = field.posting_centroids(view)? else { return Ok(None) };
        Ok(Some(Self { field, codec: field.token_codec(view)?, centroids }))
    }
}

impl Attachment for PostingsAttachment<'_> {
    fn name(&self) -> &str {
        &self.field.names.postings
    }

    /// Postings of other centroids count as none.
    fn is_missing(&self, segment: &PartView) -> Result<bool> {
        Ok(segment.num_rows() >= MIN_ROWS && of_part(self.field, segment, &self.centroids)?.is_none())
    }

    /// Cost: the tokens of all rows are decoded, and each met by some `5 · √num_centroids` centroids, on all cores.
    fn build(&self, segment: &PartView) -> Result<Vec<u8>> {
        build(self.field, self.codec, &self.centroids, std::slice::from_ref(segment), true)
    }

    /// Cost: postings of sources are looked up and copied, the tokens of other sources are met as in a build.
    fn merge(&self, sources: &[PartView], _merged: &PartView) -> Result<Vec<u8>> {
        build(self.field, self.codec, &self.centroids, sources, false)
    }

    /// Twice what the postings of a row take in the segments that have some: as they are collected and as they are written.
    fn merge_bytes_per_row(&self, parts: &[PartView]) -> u64 {
        let with_postings =
            || parts.iter().filter_map(|part| Some((part.attachment(self.name())?.len() as u64, part)));
        let num_bytes: u64 = with_postings().map(|(num_bytes, _)| num_bytes).sum();
        let num_rows: u64 = with_postings().map(|(_, part)| u64::from(part.num_rows())).sum();
        2 * num_bytes.div_ceil(num_rows.max(1))
    }
}
