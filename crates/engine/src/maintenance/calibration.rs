use crate::calibrate::{CalibrationBudget, RealQueries, calibrate};
use crate::calibration::{Calibration, MIN_TOKENS};
use crate::error::{Error, ErrorKind, Result};
use crate::recall_audit::MIN_AUDITED;
use crate::{BuildParams, Query, Snapshot, postings};
use pleiad_store::SharedWriter;

/// Calibrates with the queries given, for lengths of which there are too few with those observed, and keeps the outcome with
/// the collection.
///
/// # Errors
/// `InvalidArgument` for a query that does not fit the collection, and what measuring and keeping say.
pub(crate) fn tune(
    store: &SharedWriter,
    snapshot: &Snapshot,
    queries: &[Query],
    budget: CalibrationBudget,
    params: BuildParams,
) -> Result<Calibration> {
    for query in queries {
        snapshot.check_query(query)?;
    }
    let observed = observed(snapshot)?;
    measure_and_keep(store, snapshot, RealQueries::new(queries, &observed), budget, params)
}

/// Calibrates where that is due; true then. All is due where there is no calibration, an older release made it, the
/// collection has become twice as large or half as large since, or audited searches found less than promised: queries that
/// somebody gave are gone by then, observed ones stand in, or documents. Otherwise just those classes are due of which more
/// queries were observed, unless somebody gave queries of these lengths.
///
/// # Errors
/// Errors of measuring and of keeping.
pub(crate) fn calibrate_if_due(
    store: &SharedWriter,
    snapshot: &Snapshot,
    params: BuildParams,
) -> Result<bool> {
    let num_documents = snapshot.num_documents();
    if num_documents == 0 {
        return Ok(false);
    }
    let has_drifted = snapshot.shared.audit.summary().has_drifted;
    let calibration = snapshot.calibration()?;
    let is_sound = |known: &&std::sync::Arc<Calibration>| {
        !known.is_outdated() && !known.is_outgrown(num_documents) && !has_drifted
    };
    let sound = calibration.as_ref().filter(is_sound);
    let due = snapshot.shared.observed.due();
    let due: Option<Vec<usize>> = sound.map(|known| {
        let gains = due.iter().filter(|(class, num)| known.gains_by(*class, *num));
        gains.map(|(class, _)| *class).collect()
    });
    snapshot.shared.observed.mark_used(0..MIN_TOKENS.len());
    if due.as_ref().is_some_and(Vec::is_empty) {
        return Ok(false);
    }
    let observed = observed(snapshot)?;
    let mut real = RealQueries { only: due.as_deref(), ..RealQueries::new(&[], &observed) };
    if has_drifted {
        // What was promised is wrong: few real queries are better than the same documents again.
        real.min_queries = MIN_AUDITED as usize;
    }
    measure_and_keep(store, snapshot, real, CalibrationBudget::BRIEF, params)?;
    Ok(true)
}

fn observed(snapshot: &Snapshot) -> Result<Vec<Query>> {
    snapshot.shared.observed.queries().map_err(|error| {
        Error::new(ErrorKind::Internal, "a query that was observed cannot be read back").caused_by(error)
    })
}

/// Keeps what is measured with the collection, and with it the postings that plans look into; what audited searches found is
/// forgotten.
fn measure_and_keep(
    store: &SharedWriter,
    snapshot: &Snapshot,
    real: RealQueries<'_>,
    budget: CalibrationBudget,
    params: BuildParams,
) -> Result<Calibration> {
    if budget.tries_postings(snapshot.num_documents()) {
        postings::prepare(store, snapshot, params)?;
    }
    let snapshot = &Snapshot::new(snapshot.shared.clone(), store.view());
    let measured = calibrate(snapshot, real, budget)?;
    let calibration = match (real.only, snapshot.calibration()?) {
        (Some(_), Some(known)) => (*known).clone().updated(measured),
        _ => measured,
    };
    let asset = [(snapshot.field().names.calibration, Some(calibration.to_bytes()?))];
    store.with(|store| store.set_assets(&asset))?;
    postings::drop_unused(store, snapshot.field(), &calibration)?;
    snapshot.shared.audit.forget();
    Ok(calibration)
}
