use super::centroids::ASSET;
use super::{ATTACHMENT, MIN_ROWS, PostingCentroids, build, of_part};
use crate::collection::Shared;
use crate::columns::TOKENS;
use crate::error::{Error, Result};
use crate::{BuildParams, Calibration, Snapshot};
use pleiad_store::{PartId, PartView, SharedWriter, View};

/// By what factor the number of centroids that a collection should have may exceed that of those it has.
const MAX_OUTGROWN: u64 = 2;

/// Makes postings for all documents that a calibration is to measure: finds centroids where there are none or the
/// collection has outgrown them, and attaches postings to the segments that lack them.
///
/// Cost: as [`build`], for the segments that lack them. Centroids are found from no more tokens than the memory of
/// `params` holds, and are fewer where those are few.
pub(crate) fn prepare(store: &SharedWriter, snapshot: &Snapshot, params: BuildParams) -> Result<()> {
    let locations = snapshot.live_documents()?;
    let codec = snapshot.token_codec()?;
    let mut num_tokens = 0;
    for &location in &locations {
        let of_document = codec.num_tokens(snapshot.column(location, TOKENS)?.len());
        num_tokens +=
            of_document.map_err(|error| Error::corrupt(snapshot.place(location)).caused_by(error))? as u64;
    }
    let max_tokens = params.max_sampled_values() / codec.dim() as u64;
    let wanted = PostingCentroids::wanted(num_tokens, max_tokens);
    let is_outgrown =
        |known: &PostingCentroids| wanted > MAX_OUTGROWN * (known.num_centroids() as u64).next_power_of_two();
    if snapshot.centroids()?.is_none_or(|known| is_outgrown(&known)) {
        let bytes = PostingCentroids::train(snapshot, &locations, num_tokens, max_tokens)?;
        store.with(|store| store.set_assets(&[(ASSET, Some(bytes))]))?;
    }
    while attach_next(store, &snapshot.shared)? {}
    Ok(())
}

/// Attaches postings to one segment that lacks them; false when none does.
pub(crate) fn attach_next(store: &SharedWriter, shared: &Shared) -> Result<bool> {
    let view = store.view();
    let Some(centroids) = PostingCentroids::of(shared, &view)? else { return Ok(false) };
    let codec = shared.codecs.tokens.codec(&view)?;
    for part in view.parts() {
        let is_large = matches!(part.part_id(), PartId::Segment(_)) && part.num_rows() >= MIN_ROWS;
        if is_large && of_part(part, &centroids)?.is_none() {
            let bytes = build(codec, &centroids, std::slice::from_ref(part), true)?;
            store.with(|store| store.attach(part.part_id(), ATTACHMENT, &bytes))?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// The postings of the segment that live rows of some parts become, if it is to have any.
pub(crate) fn merged(shared: &Shared, view: &View, sources: &[PartView]) -> Result<Option<Vec<u8>>> {
    let Some(centroids) = PostingCentroids::of(shared, view)? else { return Ok(None) };
    let num_rows: u64 = sources.iter().map(|part| u64::from(part.num_live_rows())).sum();
    if num_rows < u64::from(MIN_ROWS) {
        return Ok(None);
    }
    build(shared.codecs.tokens.codec(view)?, &centroids, sources, false).map(Some)
}

/// What postings take for each document, in the segments that have some, rounded up; 0 where none has.
pub(crate) fn bytes_per_row(parts: &[PartView]) -> u64 {
    let with_postings =
        || parts.iter().filter_map(|part| Some((part.attachment(ATTACHMENT)?.len() as u64, part)));
    let num_bytes: u64 = with_postings().map(|(num_bytes, _)| num_bytes).sum();
    let num_rows: u64 = with_postings().map(|(_, part)| u64::from(part.num_rows())).sum();
    num_bytes.div_ceil(num_rows.max(1))
}

/// Removes centroids and postings where no plan of a calibration looks into them.
pub(crate) fn drop_unused(store: &SharedWriter, calibration: &Calibration) -> Result<()> {
    if calibration.uses_postings() {
        return Ok(());
    }
    let view = store.view();
    for part in view.parts().iter().filter(|part| part.attachment(ATTACHMENT).is_some()) {
        store.with(|store| store.detach(part.part_id(), ATTACHMENT))?;
    }
    if view.asset(ASSET).is_some() {
        store.with(|store| store.set_assets(&[(ASSET, None)]))?;
    }
    Ok(())
}
