use crate::calibrate::{Calibration, Effort, calibrate};
use crate::error::Result;
use crate::{BuildParams, Query, Snapshot, postings};
use pleiad_store::SharedWriter;

/// Calibrates and keeps the outcome with the collection, and with it the postings that its plans look into; searches
/// that were promised too much are forgotten.
pub(crate) fn tune(
    store: &SharedWriter,
    snapshot: &Snapshot,
    queries: &[Query],
    effort: Effort,
    params: BuildParams,
) -> Result<Calibration> {
    for query in queries {
        snapshot.check_query(query)?;
    }
    if effort.tries_postings(snapshot.num_documents()) {
        postings::prepare(store, snapshot, params)?;
    }
    let snapshot = &Snapshot::new(snapshot.shared.clone(), store.view());
    let calibration = calibrate(snapshot, queries, effort)?;
    let asset = [(snapshot.field().names.calibration, Some(calibration.to_bytes()?))];
    store.with(|store| store.set_assets(&asset))?;
    postings::drop_unused(store, snapshot.field(), &calibration)?;
    snapshot.shared.probe.forget();
    Ok(calibration)
}

/// Calibrates where there is no calibration, where the collection has become twice as large or half as large since,
/// or where probed searches found less than promised: true then. Queries that somebody gave are gone by then: documents stand in.
pub(crate) fn retune(store: &SharedWriter, snapshot: &Snapshot, params: BuildParams) -> Result<bool> {
    let num_documents = snapshot.num_documents();
    let is_due = match snapshot.calibration()? {
        None => true,
        Some(calibration) => {
            let before = calibration.num_documents;
            num_documents >= 2 * before || 2 * num_documents <= before
        }
    };
    let is_due = num_documents > 0 && (is_due || snapshot.shared.probe.probed().has_drifted);
    if is_due {
        tune(store, snapshot, &[], Effort::BRIEF, params)?;
    }
    Ok(is_due)
}
