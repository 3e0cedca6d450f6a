use super::train::train;
use super::{PostingCentroids, PostingsAttachment};
use crate::error::{Error, Result};
use crate::maintenance::attachment::attach_next;
use crate::vector_field::{FieldNames, VectorField};
use crate::{BuildParams, Snapshot};
use pleiad_store::SharedWriter;

/// By what factor the number of centroids that a collection should have may exceed that of those it has.
const MAX_OUTGROWN: u64 = 2;

/// Makes postings for all documents that a calibration is to measure: finds centroids where there are none or the
/// collection has outgrown them, and attaches postings to the segments that lack them.
///
/// Cost: that of building postings for the segments that lack them. Centroids are found from no more tokens than the memory of
/// `params` holds, and are fewer where those are few.
pub(crate) fn prepare(store: &SharedWriter, snapshot: &Snapshot, params: BuildParams) -> Result<()> {
    let (field, locations) = (snapshot.field(), snapshot.documents_with_vectors()?);
    let codec = snapshot.token_codec()?;
    let mut num_tokens = 0;
    for &location in &locations {
        let of_document = codec.num_tokens(snapshot.token_codes(location)?.len());
        num_tokens +=
            of_document.map_err(|error| Error::corrupt(snapshot.place(location)).caused_by(error))? as u64;
    }
    let max_tokens = params.max_sampled_values() / codec.dim() as u64;
    let wanted = PostingCentroids::wanted(num_tokens, max_tokens);
    let is_outgrown =
        |known: &PostingCentroids| wanted > MAX_OUTGROWN * (known.num_centroids() as u64).next_power_of_two();
    if field.posting_centroids(&snapshot.view)?.is_none_or(|known| is_outgrown(&known)) {
        let bytes = train(snapshot, &locations, num_tokens, max_tokens)?;
        store.with(|store| store.set_assets(&[(&field.names.posting_centroids, Some(bytes))]))?;
    }
    if let Some(attachment) = PostingsAttachment::of(field, &store.view())? {
        while attach_next(store, &attachment)? {}
    }
    Ok(())
}

/// Removes centroids and postings, which no plan of a calibration looks into.
pub(crate) fn drop_unused(store: &SharedWriter, field: &VectorField) -> Result<()> {
    let FieldNames { postings, posting_centroids, .. } = &field.names;
    let view = store.view();
    for part in view.parts().iter().filter(|part| part.attachment(postings).is_some()) {
        store.with(|store| store.detach(part.part_id(), postings))?;
    }
    if view.asset(posting_centroids).is_some() {
        store.with(|store| store.set_assets(&[(posting_centroids, None)]))?;
    }
    Ok(())
}
