use super::DEPTHS;
use super::draw::{Asked, Drawn};
use crate::error::Result;
use crate::search::Spent;
use crate::snapshot::Location;
use crate::{PlanSource, Snapshot, rerank, sources};
use pleiad_compress::quantize::Precision;
use pleiad_index::Stats;
use pleiad_vectors::Ranked;
use rayon::prelude::*;

/// Sources that are measured, at most.
pub(super) const MAX_SOURCES: usize = 16;

/// Where one document of an exact answer stands on its way into it, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Among all documents, by each source in the order of [`Measured::sources`].
    pub(super) ranks: [u32; MAX_SOURCES],
    /// Among the documents sampled by MaxSim on their codes: an upper bound of the rank among candidates.
    pub(super) rescore: u32,
}

/// What the sources make of exact answers.
pub(super) struct Measured {
    /// Without their budgets.
    pub(super) sources: Vec<PlanSource>,
    /// What each did for all queries.
    pub(super) work: Vec<Stats>,
    /// For each query the entries of its exact answer, best first.
    pub(super) answers: Vec<Vec<Entry>>,
}

/// Measures all queries drawn. Cost: each source is searched once for each of them, and the documents sampled are scored
/// on their codes.
pub(super) fn measure(snapshot: &Snapshot, drawn: &Drawn) -> Result<Measured> {
    let sources = sources::measurable(snapshot)?;
    let all = drawn.queries.par_iter().map(|asked| of(snapshot, drawn, asked, &sources));
    let (answers, work): (Vec<_>, Vec<_>) = all.collect::<Result<Vec<_>>>()?.into_iter().unzip();
    let sum = |at: usize| {
        let add = |mut sum: Stats, work: &Vec<Stats>| {
            sum += work[at];
            sum
        };
        work.iter().fold(Stats::default(), add)
    };
    let work = (0..sources.len()).map(sum).collect();
    Ok(Measured { sources, work, answers })
}

/// The entries of one query, and what each source did for it.
fn of(
    snapshot: &Snapshot,
    drawn: &Drawn,
    asked: &Asked,
    sources: &[PlanSource],
) -> Result<(Vec<Entry>, Vec<Stats>)> {
    let best = answer(snapshot, drawn, asked)?;
    let locations: Vec<Location> = best.iter().map(|&(location, _)| location).collect();
    let entry = |&(_, rescore): &(Location, u32)| Entry { ranks: [sources::NEVER; MAX_SOURCES], rescore };
    let mut entries: Vec<Entry> = best.iter().map(entry).collect();
    let mut work = Vec::with_capacity(sources.len());
    let ranked = sources::ranks(snapshot, sources, &asked.query, asked.excluded, &locations)?;
    for (at, (ranks, done)) in ranked.into_iter().enumerate() {
        entries.iter_mut().zip(ranks).for_each(|(entry, rank)| entry.ranks[at] = rank);
        work.push(done);
    }
    Ok((entries, work))
}

/// The exact answer among the documents sampled, with the rank of each by its codes. Scoring on codes decides who is
/// scored exactly, with several times as many as are needed.
fn answer(snapshot: &Snapshot, drawn: &Drawn, asked: &Asked) -> Result<Vec<(Location, u32)>> {
    let num_best = (DEPTHS[DEPTHS.len() - 1] as f64 * drawn.share).ceil() as usize;
    let others: Vec<Location> =
        drawn.documents.iter().copied().filter(|&location| Some(location) != asked.excluded).collect();
    let precision = if snapshot.codes_are_cheap() { Precision::Fast } else { Precision::Full };
    let mut spent = Spent::default();
    let depth = 4 * num_best + 64;
    let on_codes = rerank::best(snapshot, &asked.query, &others, depth, precision, &mut spent)?;
    let locations: Vec<Location> = on_codes.iter().map(|ranked| ranked.id).collect();
    let exact = rerank::exact(snapshot, &asked.query, &locations, num_best, &mut spent)?;
    let rank = |ranked: &Ranked<Location>| {
        let rank = locations.iter().position(|location| *location == ranked.id).unwrap_or(depth);
        (ranked.id, rank as u32)
    };
    Ok(exact.iter().map(rank).collect())
}
