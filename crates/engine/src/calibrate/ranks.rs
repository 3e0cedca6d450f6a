use super::DEPTHS;
use super::draw::{Asked, Drawn};
use crate::error::{Error, Result};
use crate::rerank;
use crate::search::Spent;
use crate::snapshot::Location;
use crate::sources::{FdeScan, units};
use crate::{Score, Snapshot};
use pleiad_compress::quantize::Precision;
use pleiad_vectors::Ranked;
use rayon::prelude::*;

/// Where one document of an exact answer stands on its way into it, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Among all documents by their FDE codes.
    pub(super) scan: u32,
    /// Among the documents sampled by MaxSim on their codes: an upper bound of the rank among candidates.
    pub(super) rescore: u32,
}

/// For each query the entries of its exact answer, best first.
pub(super) fn of_all(snapshot: &Snapshot, drawn: &Drawn) -> Result<Vec<Vec<Entry>>> {
    drawn.queries.par_iter().map(|asked| of(snapshot, drawn, asked)).collect()
}

fn of(snapshot: &Snapshot, drawn: &Drawn, asked: &Asked) -> Result<Vec<Entry>> {
    let best = answer(snapshot, drawn, asked)?;
    let locations: Vec<Location> = best.iter().map(|&(location, _)| location).collect();
    let scans = scan_ranks(snapshot, asked, &locations)?;
    Ok(best.into_iter().zip(scans).map(|((_, rescore), scan)| Entry { scan, rescore }).collect())
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

/// The ranks of some documents among all in the FDE scan. Cost: one scan, and for each row a search among them.
fn scan_ranks(snapshot: &Snapshot, asked: &Asked, wanted: &[Location]) -> Result<Vec<u32>> {
    let scan = FdeScan::new(snapshot, &asked.query)?;
    let score = |&location: &Location| -> Result<Ranked<Location>> {
        let mut score = [0.0];
        scan.score_rows(location.part, location.row..location.row + 1, &mut score)?;
        Ok(Ranked { id: location, score: checked(snapshot, location, score[0])? })
    };
    let mut sorted = wanted.iter().map(score).collect::<Result<Vec<_>>>()?;
    sorted.sort_unstable();
    // How many documents come before the wanted one at this place, and after the one before it.
    let mut num_between = vec![0u32; sorted.len() + 1];
    let mut scores = Vec::new();
    for (part, rows) in units(snapshot) {
        let view = &snapshot.view.parts()[part as usize];
        scores.resize(rows.len(), 0.0);
        scan.score_rows(part, rows.clone(), &mut scores)?;
        for (row, &score) in rows.zip(&scores) {
            let is_excluded = asked.excluded.is_some_and(|e| (e.part, e.row) == (part, row));
            if is_excluded || view.is_deleted(row) {
                continue;
            }
            num_between[num_before(snapshot, &sorted, part, row, score)?] += 1;
        }
    }
    let mut rank = 0;
    let mut ranks = vec![0; wanted.len()];
    for (ranked, between) in sorted.iter().zip(num_between) {
        rank += between;
        if let Some(at) = wanted.iter().position(|location| *location == ranked.id) {
            ranks[at] = rank;
        }
    }
    Ok(ranks)
}

/// How many of the wanted ones come before this row, itself included if it is one.
fn num_before(
    snapshot: &Snapshot,
    sorted: &[Ranked<Location>],
    part: u32,
    row: u32,
    score: f32,
) -> Result<usize> {
    let mut before = sorted.partition_point(|wanted| wanted.score.get() > score);
    if sorted.get(before).is_some_and(|wanted| wanted.score.get() == score) {
        // Ids are read only where scores are equal.
        let location = snapshot.location(part, row)?;
        let own = Ranked { id: location, score: checked(snapshot, location, score)? };
        before = sorted.partition_point(|wanted| *wanted <= own);
    }
    Ok(before)
}

fn checked(snapshot: &Snapshot, location: Location, score: f32) -> Result<Score> {
    Score::new(score).map_err(|error| {
        Error::corrupt(format!("{}: its FDE gives no finite score", snapshot.place(location)))
            .caused_by(error)
    })
}
