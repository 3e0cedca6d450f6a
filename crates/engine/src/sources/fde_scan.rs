use super::scores::Scores;
use crate::Snapshot;
use crate::coarse::CoarseFdes;
use crate::columns::FDE;
use crate::error::{Error, Result};
use crate::snapshot::Location;
use pleiad_compress::quantize::{CoarseFdeScorer, FdeScorer};
use pleiad_index::flat::{self, FlatError};
use pleiad_index::{Candidates, Source, Stats};
use pleiad_store::PartView;
use pleiad_vectors::{Query, Ranked, TopK, VectorError};
use rayon::prelude::*;
use std::ops::Range;

/// Rows that one core scans at a time.
const UNIT_ROWS: u32 = 4096;

/// Documents that one core scores on their whole codes at a time.
const UNIT_CHOSEN: usize = 256;

/// Coarse codes choose at most one in so many documents: one scored by itself, far from the one before, costs four times what
/// it does in a scan.
const WORTH_CHOOSING: usize = 4;

/// Rows of a part.
pub(super) type Unit = (u32, Range<u32>);

/// A scan over the FDE codes of all documents, on all cores.
pub(crate) struct FdeScan<'a> {
    snapshot: &'a Snapshot,
    scorer: FdeScorer,
    coarse_scorer: Option<CoarseFdeScorer>,
    coarse_factor: Option<u32>,
}

impl<'a> FdeScan<'a> {
    /// Encodes the query. With a factor the scan has two levels: coarse codes choose so many documents for each candidate,
    /// which are scored on whole ones. Cost: one FDE.
    pub(crate) fn new(snapshot: &'a Snapshot, query: &Query, coarse_factor: Option<u32>) -> Result<Self> {
        let codecs = &snapshot.shared.codecs;
        let query_fde = codecs.fde.encode_query(&snapshot.view, query.vectors())?;
        let scorer = FdeScorer::new(&codecs.fde_code, &query_fde, codecs.isa)
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        let coarse_scorer = scorer.coarse();
        Ok(Self { snapshot, scorer, coarse_scorer, coarse_factor })
    }

    /// What whole codes say of all documents but the excluded one. Cost: one scan.
    pub(super) fn whole_scores(&self, excluded: Option<Location>) -> Result<Scores> {
        self.scores_in(&units(self.snapshot), excluded)
    }

    /// The same of some rows.
    pub(super) fn scores_in(&self, units: &[Unit], excluded: Option<Location>) -> Result<Scores> {
        self.scores_by(|part| Ok(self.column(part)), units, excluded)
    }

    /// What coarse codes say, of documents without what they would say; nothing where codes have no coarse ones. Cost: one
    /// scan.
    pub(super) fn coarse_scores(&self, excluded: Option<Location>) -> Result<Option<Scores>> {
        let Some(scorer) = &self.coarse_scorer else { return Ok(None) };
        self.scores_by(|part| self.coarse_column(part, scorer), &units(self.snapshot), excluded).map(Some)
    }

    fn scores_by<S: Source<Error = Error>>(
        &self,
        column: impl Fn(u32) -> Result<S>,
        units: &[Unit],
        excluded: Option<Location>,
    ) -> Result<Scores> {
        let (mut all, mut scores) = (Scores::default(), Vec::new());
        for (part, rows) in units.iter().cloned() {
            let mut column = column(part)?;
            scores.resize(rows.len(), 0.0);
            column.score_rows(rows.clone(), &mut scores)?;
            all.stats.num_scored += rows.len() as u64;
            all.stats.read_bytes += rows.len() as u64 * column.bytes_per_row();
            for (row, &score) in rows.zip(&scores) {
                all.push(self.snapshot, excluded, (part, row, score));
            }
        }
        Ok(all)
    }

    /// The best of some rows. Cost: they are scanned on all cores.
    pub(super) fn candidates_in(
        &self,
        units: &[Unit],
        num_candidates: usize,
    ) -> Result<(Vec<Ranked<Location>>, Stats)> {
        let (top, stats) = match (self.coarse_factor, &self.coarse_scorer) {
            (Some(factor), Some(scorer)) => self.in_two_levels(units, num_candidates, factor, scorer)?,
            _ => self.scan(units, |part| Ok(self.column(part)), num_candidates)?,
        };
        Ok((top.into_sorted(), stats))
    }

    /// Chooses by coarse codes what is scored whole, beside what has no coarse code.
    fn in_two_levels(
        &self,
        units: &[Unit],
        num_candidates: usize,
        factor: u32,
        scorer: &CoarseFdeScorer,
    ) -> Result<(TopK<Location>, Stats)> {
        let (mut coarse, mut whole) = (Vec::new(), Vec::new());
        for unit in units {
            let has_codes = self.coarse_fdes(unit.0)?.is_some();
            if has_codes { coarse.push(unit.clone()) } else { whole.push(unit.clone()) }
        }
        let num_chosen = num_candidates.saturating_mul(factor as usize);
        let num_coarse: usize = coarse.iter().map(|(_, rows)| rows.len()).sum();
        if num_chosen >= num_coarse / WORTH_CHOOSING {
            return self.scan(units, |part| Ok(self.column(part)), num_candidates);
        }
        let (chosen, mut stats) = self.scan(&coarse, |part| self.coarse_column(part, scorer), num_chosen)?;
        let (mut top, done) = self.scan(&whole, |part| Ok(self.column(part)), num_candidates)?;
        stats += done;
        let mut chosen: Vec<Location> = chosen.into_unsorted().iter().map(|ranked| ranked.id).collect();
        chosen.par_sort_unstable_by_key(|location| (location.part, location.row));
        let (refined, done) = self.refine(&chosen, num_candidates)?;
        top.merge(refined);
        stats += done;
        Ok((top, stats))
    }

    fn refine(&self, chosen: &[Location], num_candidates: usize) -> Result<(TopK<Location>, Stats)> {
        let nothing = || (TopK::new(num_candidates), Stats::default());
        let of_part = |(mut top, mut stats): (TopK<Location>, Stats), unit: &[Location]| {
            for of_part in unit.chunk_by(|a, b| a.part == b.part) {
                let part = of_part[0].part;
                let rows: Vec<(u32, Location)> = of_part.iter().map(|&at| (at.row, at)).collect();
                let refined = flat::refine(&mut self.column(part), &rows, &mut top);
                stats += refined.map_err(|error| self.explain(part, error))?;
            }
            Result::Ok((top, stats))
        };
        chosen.par_chunks(UNIT_CHOSEN).try_fold(nothing, of_part).try_reduce(nothing, joined)
    }

    fn scan<S: Source<Error = Error>>(
        &self,
        units: &[Unit],
        column: impl Fn(u32) -> Result<S> + Sync,
        num_kept: usize,
    ) -> Result<(TopK<Location>, Stats)> {
        let nothing = || (TopK::new(num_kept), Stats::default());
        let of_unit = |(mut top, mut stats): (TopK<Location>, Stats), (part, rows): &Unit| {
            let view = &self.snapshot.view.parts()[*part as usize];
            let identify = |row| {
                if view.is_deleted(row) { Ok(None) } else { self.snapshot.location(*part, row).map(Some) }
            };
            let scanned = flat::search(&mut column(*part)?, rows.clone(), identify, &mut top);
            stats += scanned.map_err(|error| self.explain(*part, error))?;
            Result::Ok((top, stats))
        };
        match units {
            // Nobody can help: no other thread needs to wake up.
            [only] => of_unit(nothing(), only),
            _ => units.par_iter().try_fold(nothing, of_unit).try_reduce(nothing, joined),
        }
    }

    fn coarse_fdes(&self, part: u32) -> Result<Option<CoarseFdes<'_>>> {
        let view = &self.snapshot.view.parts()[part as usize];
        CoarseFdes::of(view, &self.snapshot.shared.codecs.fde_code)
    }

    fn coarse_column<'s>(&'s self, part: u32, scorer: &'s CoarseFdeScorer) -> Result<CoarseColumn<'s>> {
        let view = &self.snapshot.view.parts()[part as usize];
        Ok(CoarseColumn { view, scorer, codes: self.coarse_fdes(part)?, taken: Vec::new() })
    }

    fn column(&self, part: u32) -> FdeColumn<'_> {
        let width = self.snapshot.shared.codecs.fde_code.bytes() as u64;
        FdeColumn { view: &self.snapshot.view.parts()[part as usize], scorer: &self.scorer, width }
    }

    fn explain(&self, part: u32, error: FlatError<Error>) -> Error {
        match error {
            FlatError::Source(error) => error,
            FlatError::Score { row, error } => self.no_score(part, row, error),
        }
    }

    fn no_score(&self, part: u32, row: u32, error: VectorError) -> Error {
        let name = self.snapshot.view.parts()[part as usize].name();
        Error::corrupt(format!("{name}, row {row}: its FDE gives no finite score")).caused_by(error)
    }
}

fn joined(mut a: (TopK<Location>, Stats), b: (TopK<Location>, Stats)) -> Result<(TopK<Location>, Stats)> {
    a.0.merge(b.0);
    a.1 += b.1;
    Ok(a)
}

impl Candidates for FdeScan<'_> {
    type Id = Location;
    type Error = Error;

    fn candidates(&self, num_candidates: usize) -> Result<(Vec<Ranked<Location>>, Stats)> {
        self.candidates_in(&units(self.snapshot), num_candidates)
    }
}

/// The collection cut into ranges of rows that are scanned independently.
fn units(snapshot: &Snapshot) -> Vec<Unit> {
    (0..).zip(snapshot.view.parts()).flat_map(|(at, part)| rows_of(at, part)).collect()
}

/// The same of one part.
pub(super) fn rows_of(at: u32, part: &PartView) -> impl Iterator<Item = Unit> + use<> {
    let num_rows = part.num_rows();
    let starts = (0..num_rows).step_by(UNIT_ROWS as usize);
    starts.map(move |start| (at, start..num_rows.min(start.saturating_add(UNIT_ROWS))))
}

/// The FDE codes of one part, as an index sees them.
struct FdeColumn<'a> {
    view: &'a PartView,
    scorer: &'a FdeScorer,
    width: u64,
}

impl Source for FdeColumn<'_> {
    type Error = Error;

    fn num_rows(&self) -> u32 {
        self.view.num_rows()
    }

    fn score_rows(&mut self, rows: Range<u32>, scores: &mut [f32]) -> Result<()> {
        self.scorer.score_rows(self.view.fixed_rows(FDE, rows)?, scores);
        Ok(())
    }

    fn bytes_per_row(&self) -> u64 {
        self.width
    }
}

/// The coarse codes of one part, as an index sees them: those that it has, or else those that it would have.
struct CoarseColumn<'a> {
    view: &'a PartView,
    scorer: &'a CoarseFdeScorer,
    codes: Option<CoarseFdes<'a>>,
    taken: Vec<u8>,
}

impl Source for CoarseColumn<'_> {
    type Error = Error;

    fn num_rows(&self) -> u32 {
        self.view.num_rows()
    }

    fn score_rows(&mut self, rows: Range<u32>, scores: &mut [f32]) -> Result<()> {
        if let Some(codes) = &self.codes {
            self.scorer.score_rows(codes.rows(rows)?, scores);
            return Ok(());
        }
        self.taken.clear();
        self.scorer.codec().take(self.view.fixed_rows(FDE, rows)?, &mut self.taken);
        self.scorer.score_rows(&self.taken, scores);
        Ok(())
    }

    fn bytes_per_row(&self) -> u64 {
        self.codes.as_ref().map_or(self.scorer.codec().whole_bytes() as u64, CoarseFdes::width)
    }
}
