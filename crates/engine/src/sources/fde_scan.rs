use super::ranks::Ranking;
use crate::Snapshot;
use crate::columns::FDE;
use crate::error::{Error, Result};
use crate::snapshot::Location;
use pleiad_compress::quantize::FdeScorer;
use pleiad_index::flat::{self, FlatError};
use pleiad_index::{Candidates, Source, Stats};
use pleiad_store::PartView;
use pleiad_vectors::{Query, Ranked, Score, TopK};
use rayon::prelude::*;
use std::ops::Range;

/// Rows that one core scans at a time.
const UNIT_ROWS: u32 = 4096;

/// A scan over the FDE codes of all documents, on all cores.
pub(crate) struct FdeScan<'a> {
    snapshot: &'a Snapshot,
    scorer: FdeScorer,
}

impl<'a> FdeScan<'a> {
    /// Encodes the query. Cost: one FDE.
    pub(crate) fn new(snapshot: &'a Snapshot, query: &Query) -> Result<Self> {
        let codecs = &snapshot.shared.codecs;
        let query_fde = codecs.fde.encode_query(query.vectors()).map_err(|error| {
            Error::invalid(format!("the query's FDE cannot be computed: {error}")).caused_by(error)
        })?;
        let scorer = FdeScorer::new(&codecs.fde_code, &query_fde, codecs.isa)
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        Ok(Self { snapshot, scorer })
    }

    /// Where the scan ranks some documents among all but the excluded one. Cost: one scan.
    pub(super) fn ranks(&self, excluded: Option<Location>, wanted: &[Location]) -> Result<(Vec<u32>, Stats)> {
        self.ranks_in(&units(self.snapshot), excluded, wanted)
    }

    /// The same among some rows.
    pub(super) fn ranks_in(
        &self,
        units: &[(u32, Range<u32>)],
        excluded: Option<Location>,
        wanted: &[Location],
    ) -> Result<(Vec<u32>, Stats)> {
        let mut ranking = Ranking::new(self.snapshot, excluded, self.scored(wanted)?);
        let (mut scores, mut stats) = (Vec::new(), Stats::default());
        for (part, rows) in units.iter().cloned() {
            let mut column = self.column(part);
            scores.resize(rows.len(), 0.0);
            column.score_rows(rows.clone(), &mut scores)?;
            stats.num_scored += rows.len() as u64;
            stats.read_bytes += rows.len() as u64 * column.bytes_per_row();
            for (row, &score) in rows.zip(&scores) {
                ranking.show(part, row, score)?;
            }
        }
        Ok((ranking.ranks(wanted), stats))
    }

    fn scored(&self, documents: &[Location]) -> Result<Vec<Ranked<Location>>> {
        let score = |&location: &Location| {
            let mut score = [0.0];
            self.column(location.part).score_rows(location.row..location.row + 1, &mut score)?;
            let score = Score::new(score[0]).map_err(|error| {
                let place = self.snapshot.place(location);
                Error::corrupt(format!("{place}: its FDE gives no finite score")).caused_by(error)
            })?;
            Ok(Ranked { id: location, score })
        };
        documents.iter().map(score).collect()
    }

    /// The best of some rows. Cost: they are scanned on all cores.
    pub(super) fn candidates_in(
        &self,
        units: &[(u32, Range<u32>)],
        num_candidates: usize,
    ) -> Result<(Vec<Ranked<Location>>, Stats)> {
        if let [only] = units {
            // Nobody can help: no other thread needs to wake up.
            let (top, stats) = self.scan(only.clone(), num_candidates)?;
            return Ok((top.into_sorted(), stats));
        }
        let nothing = || (TopK::new(num_candidates), Stats::default());
        let (top, stats) = units.par_iter().map(|unit| self.scan(unit.clone(), num_candidates)).try_reduce(
            nothing,
            |mut a, b| {
                a.0.merge(b.0);
                a.1 += b.1;
                Ok(a)
            },
        )?;
        Ok((top.into_sorted(), stats))
    }

    fn column(&self, part: u32) -> FdeColumn<'_> {
        let width = self.snapshot.shared.codecs.fde_code.bytes() as u64;
        FdeColumn { view: &self.snapshot.view.parts()[part as usize], scorer: &self.scorer, width }
    }

    fn scan(
        &self,
        (part, rows): (u32, Range<u32>),
        num_candidates: usize,
    ) -> Result<(TopK<Location>, Stats)> {
        let mut column = self.column(part);
        let (view, mut top) = (column.view, TopK::new(num_candidates));
        let identify =
            |row| if view.is_deleted(row) { Ok(None) } else { self.snapshot.location(part, row).map(Some) };
        let stats = flat::search(&mut column, rows, identify, &mut top).map_err(|error| match error {
            FlatError::Source(error) => error,
            FlatError::Score { row, error } => {
                Error::corrupt(format!("{}, row {row}: its FDE gives no finite score", view.name()))
                    .caused_by(error)
            }
        })?;
        Ok((top, stats))
    }
}

impl Candidates for FdeScan<'_> {
    type Id = Location;
    type Error = Error;

    fn candidates(&self, num_candidates: usize) -> Result<(Vec<Ranked<Location>>, Stats)> {
        self.candidates_in(&units(self.snapshot), num_candidates)
    }
}

/// The collection cut into ranges of rows that are scanned independently.
fn units(snapshot: &Snapshot) -> Vec<(u32, Range<u32>)> {
    (0..).zip(snapshot.view.parts()).flat_map(|(at, part)| rows_of(at, part)).collect()
}

/// The same of one part.
pub(super) fn rows_of(at: u32, part: &PartView) -> impl Iterator<Item = (u32, Range<u32>)> + use<> {
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
