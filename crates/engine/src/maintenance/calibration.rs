use crate::calibrate::{CalibrationBudget, RealQueries, calibrate};
use crate::calibration::{CalibratedRanking, Calibration, MIN_TOKENS};
use crate::error::{Error, ErrorKind, Result};
use crate::recall_audit::MIN_AUDITED;
use crate::{BuildParams, HybridQuery, Snapshot, postings};
use pleiad_store::SharedWriter;

/// Calibrates a ranking with the queries given, for lengths of which there are too few with those observed, and keeps the
/// outcome with the collection.
///
/// # Errors
/// `InvalidArgument` for a query that does not fit the collection, and what measuring and keeping say.
pub(crate) fn tune(
    store: &SharedWriter,
    snapshot: &Snapshot,
    ranking: CalibratedRanking,
    queries: &[HybridQuery],
    params: BuildParams,
) -> Result<Calibration> {
    for query in queries {
        snapshot.check_query(&query.vectors)?;
    }
    let observed = observed(snapshot, ranking)?;
    let real = RealQueries::new(queries, &observed);
    let calibration = measure_and_keep(store, snapshot, ranking, real, CalibrationBudget::THOROUGH, params)?;
    finish(store, snapshot)?;
    Ok(calibration)
}

/// Calibrates what is due of both rankings and of all vector sets; true where something was. Collections of vectors of one value are left alone:
/// they have no directions that could tell documents apart, and whoever keeps such searches by the words beside them.
///
/// # Errors
/// Errors of measuring and of keeping.
pub(crate) fn calibrate_if_due(
    store: &SharedWriter,
    snapshot: &Snapshot,
    params: BuildParams,
) -> Result<bool> {
    let mut is_any_calibrated = false;
    for snapshot in snapshot.of_each_field() {
        let (schema, field) = (snapshot.schema(), snapshot.field());
        if field.dim == 1 {
            continue;
        }
        let has_drifted = field.audit.summary().has_drifted;
        let is_fused = field.is_body() && (schema.words.is_some() || schema.sentence.is_some());
        let fused = is_fused.then_some(CalibratedRanking::Fused);
        let mut is_calibrated = false;
        for ranking in [CalibratedRanking::Vectors].into_iter().chain(fused) {
            is_calibrated |= calibrate_ranking_if_due(store, &snapshot, ranking, params, has_drifted)?;
        }
        if is_calibrated {
            finish(store, &snapshot)?;
        }
        is_any_calibrated |= is_calibrated;
    }
    Ok(is_any_calibrated)
}

/// Calibrates a ranking where that is due; true then. All is due where there is no calibration, an older release made it,
/// the collection has become twice as large or half as large since, or audited searches found less than promised: queries
/// that somebody gave are gone by then, observed ones stand in, or documents. Otherwise just those classes are due of which
/// more queries were observed, unless somebody gave queries of these lengths.
fn calibrate_ranking_if_due(
    store: &SharedWriter,
    snapshot: &Snapshot,
    ranking: CalibratedRanking,
    params: BuildParams,
    has_drifted: bool,
) -> Result<bool> {
    // Documents without token vectors have no rank that could be measured.
    let num_documents = snapshot.num_with_vectors()?;
    if num_documents == 0 {
        return Ok(false);
    }
    let calibration = snapshot.calibration_of(ranking)?;
    let is_sound = |known: &&std::sync::Arc<Calibration>| {
        !known.is_outdated() && !known.is_outgrown(num_documents) && !has_drifted
    };
    let sound = calibration.as_ref().filter(is_sound);
    let queries = snapshot.field().observed_of(ranking);
    let due = queries.due();
    let due: Option<Vec<usize>> = sound.map(|known| {
        let gains = due.iter().filter(|(class, num)| known.gains_by(*class, *num));
        gains.map(|(class, _)| *class).collect()
    });
    queries.mark_used(0..MIN_TOKENS.len());
    if due.as_ref().is_some_and(Vec::is_empty) {
        return Ok(false);
    }
    let observed = observed(snapshot, ranking)?;
    let mut real = RealQueries { only: due.as_deref(), ..RealQueries::new(&[], &observed) };
    if has_drifted {
        // What was promised is wrong: few real queries are better than the same documents again.
        real.min_queries = MIN_AUDITED as usize;
    }
    measure_and_keep(store, snapshot, ranking, real, CalibrationBudget::BRIEF, params)?;
    Ok(true)
}

/// All documents of the present state, by the vector set of a snapshot.
fn of_now(store: &SharedWriter, snapshot: &Snapshot) -> Snapshot {
    Snapshot::whole(snapshot.shared.clone(), store.view()).of_set_of(snapshot)
}

fn observed(snapshot: &Snapshot, ranking: CalibratedRanking) -> Result<Vec<HybridQuery>> {
    snapshot.field().observed_of(ranking).queries().map_err(|error| {
        Error::new(ErrorKind::Internal, "a query that was observed cannot be read back").caused_by(error)
    })
}

/// Keeps what is measured with the collection. Postings are made where they may serve the ranking by vectors; the fused one
/// has other sources, and takes those that are there.
fn measure_and_keep(
    store: &SharedWriter,
    snapshot: &Snapshot,
    ranking: CalibratedRanking,
    real: RealQueries<'_>,
    budget: CalibrationBudget,
    params: BuildParams,
) -> Result<Calibration> {
    if ranking == CalibratedRanking::Vectors && budget.tries_postings(snapshot.num_with_vectors()?) {
        postings::prepare(store, snapshot, params)?;
    }
    let snapshot = &of_now(store, snapshot);
    let measured = calibrate(snapshot, ranking, real, budget)?;
    let calibration = match (real.only, snapshot.calibration_of(ranking)?) {
        (Some(_), Some(known)) => (*known).clone().updated(measured),
        _ => measured,
    };
    let asset = [(snapshot.field().names.of_calibration(ranking), Some(calibration.to_bytes()?))];
    store.with(|store| store.set_assets(&asset))?;
    Ok(calibration)
}

/// Removes postings that no plan looks into, and forgets what audited searches found before.
fn finish(store: &SharedWriter, snapshot: &Snapshot) -> Result<()> {
    let snapshot = &of_now(store, snapshot);
    let mut uses_postings = false;
    for ranking in [CalibratedRanking::Vectors, CalibratedRanking::Fused] {
        let calibration = snapshot.calibration_of(ranking)?;
        uses_postings |= calibration.is_some_and(|calibration| calibration.uses_postings());
    }
    uses_postings |= snapshot.shared.combinations.of(&snapshot.view)?.uses_postings(&snapshot.field().name);
    if !uses_postings {
        postings::drop_unused(store, snapshot.field())?;
    }
    snapshot.field().audit.forget();
    Ok(())
}
