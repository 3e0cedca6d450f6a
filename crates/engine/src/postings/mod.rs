//! Token postings of a collection: which documents have a token near which centroid, segment by segment.
//!
//! The centroids are found once, from a sample of the documents ([`train`]), and kept as an asset; as long as it is
//! there, every segment large enough gets its postings, an attachment ([`attachment`]), beside searching and writing
//! ([`keep`]). Both can be made again at any time and are never needed: a part without postings is scanned. Postings
//! of other centroids than the present ones count as none.

mod attachment;
mod build;
mod centroids;
mod keep;
#[cfg(test)]
mod tests;
mod train;

pub(crate) use attachment::PostingsAttachment;
pub(crate) use build::build;
pub(crate) use centroids::PostingCentroids;
pub(crate) use keep::{drop_unused, prepare};

use crate::error::{Error, Result};
use crate::vector_field::VectorField;
use pleiad_index::postings::Postings;
use pleiad_store::{PartView, View};

/// Rows from which on a segment has postings: fewer are scanned sooner than their lists are looked up.
const MIN_ROWS: u32 = 256;

/// The postings of a part for these centroids, if it has them.
pub(crate) fn of_part<'a>(
    field: &VectorField,
    part: &'a PartView,
    centroids: &PostingCentroids,
) -> Result<Option<Postings<'a>>> {
    let Some(blob) = part.attachment(&field.names.postings) else { return Ok(None) };
    let damaged = |error: &dyn std::fmt::Display| {
        Error::corrupt(format!("{}: {error}: `pleiad repair` leaves them out", blob.file()))
    };
    let postings = Postings::read(blob.bytes()?).map_err(|error| damaged(&error))?;
    if postings.centroids() != centroids.id() {
        return Ok(None);
    }
    if postings.num_rows() != part.num_rows()
        || postings.num_centroids() as usize != centroids.num_centroids()
    {
        return Err(damaged(&"these are postings of another segment"));
    }
    Ok(Some(postings))
}

/// Returns whether most documents have postings, so that a plan may count on them.
pub(crate) fn are_there(field: &VectorField, view: &View) -> Result<bool> {
    let Some(centroids) = field.posting_centroids(view)? else { return Ok(false) };
    let mut num_covered = 0;
    for part in view.parts() {
        if of_part(field, part, &centroids)?.is_some() {
            num_covered += u64::from(part.num_live_rows());
        }
    }
    Ok(num_covered * 4 >= view.num_documents() * 3)
}
