//! Scans over a column of codes of one width: on all cores, range by range of rows.

use super::SearchContext;
use super::rankings::RowScores;
use crate::error::{Error, Result};
use crate::snapshot::DocAddress;
use pleiad_index::flat::{self, FlatError};
use pleiad_index::{RowScorer, Stats};
use pleiad_store::PartView;
use pleiad_vectors::TopK;
use rayon::prelude::*;
use std::ops::Range;

/// Rows that one core scans at a time.
const UNIT_ROWS: u32 = 4096;

/// Codes of one width of one part, as an index sees them.
pub(super) struct FixedColumn<'a, F> {
    pub(super) view: &'a PartView,
    pub(super) column: usize,
    /// Bytes of a code.
    pub(super) width: u64,
    /// Writes the score of each of some codes, back to back.
    pub(super) score: F,
}

impl<F: FnMut(&[u8], &mut [f32])> RowScorer for FixedColumn<'_, F> {
    type Error = Error;

    fn num_rows(&self) -> u32 {
        self.view.num_rows()
    }

    fn score_rows(&mut self, rows: Range<u32>, scores: &mut [f32]) -> Result<()> {
        (self.score)(self.view.fixed_rows(self.column, rows)?, scores);
        Ok(())
    }

    fn bytes_per_row(&self) -> u64 {
        self.width
    }
}

/// Rows of a part.
pub(super) type Unit = (u32, Range<u32>);

/// The collection cut into ranges of rows that are scanned independently.
pub(super) fn units(context: SearchContext<'_>) -> Vec<Unit> {
    (0..).zip(context.snapshot.view.parts()).flat_map(|(at, part)| rows_of(at, part)).collect()
}

/// The same of one part.
pub(super) fn rows_of(at: u32, part: &PartView) -> impl Iterator<Item = Unit> + use<> {
    let num_rows = part.num_rows();
    let starts = (0..num_rows).step_by(UNIT_ROWS as usize);
    starts.map(move |start| (at, start..num_rows.min(start.saturating_add(UNIT_ROWS))))
}

/// The best of some rows by the codes of a column, of those of the mask. `what` is content of a row. Cost: they are scanned
/// on all cores.
pub(super) fn scan<S: RowScorer<Error = Error>>(
    context: SearchContext<'_>,
    what: &str,
    units: &[Unit],
    column: impl Fn(u32) -> Result<S> + Sync,
    num_kept: usize,
) -> Result<(TopK<DocAddress>, Stats)> {
    let nothing = || (TopK::new(num_kept), Stats::default());
    let of_unit = |(mut top, mut stats): (TopK<DocAddress>, Stats), (part, rows): &Unit| {
        let SearchContext { snapshot, mask, .. } = context;
        snapshot.check_cancelled()?;
        let mask = mask.part(*part);
        let identify = |row| mask.contains(row).then(|| snapshot.location(*part, row)).transpose();
        let scanned = flat::search(&mut column(*part)?, rows.clone(), identify, &mut top);
        stats += scanned.map_err(|error| failed(context, what, *part, error))?;
        Result::Ok((top, stats))
    };
    match units {
        // Nobody can help: no other thread needs to wake up.
        [only] => of_unit(nothing(), only),
        _ => units.par_iter().try_fold(nothing, of_unit).try_reduce(nothing, joined),
    }
}

/// The score of every row of the mask among some, by the codes of a column.
pub(super) fn scores<S: RowScorer<Error = Error>>(
    context: SearchContext<'_>,
    column: impl Fn(u32) -> Result<S>,
    units: &[Unit],
) -> Result<RowScores> {
    let (mut all, mut scores) = (RowScores::default(), Vec::new());
    for (part, rows) in units.iter().cloned() {
        context.snapshot.check_cancelled()?;
        let mut column = column(part)?;
        scores.resize(rows.len(), 0.0);
        column.score_rows(rows.clone(), &mut scores)?;
        all.stats.num_scored += rows.len() as u64;
        all.stats.read_bytes += rows.len() as u64 * column.bytes_per_row();
        for row in context.mask.part(part).rows_in(rows.clone()) {
            all.push(part, row, scores[(row - rows.start) as usize]);
        }
    }
    Ok(all)
}

pub(super) fn joined(
    mut a: (TopK<DocAddress>, Stats),
    b: (TopK<DocAddress>, Stats),
) -> Result<(TopK<DocAddress>, Stats)> {
    a.0.merge(b.0);
    a.1 += b.1;
    Ok(a)
}

/// The error of a scan, with the place of what could not be scored.
pub(super) fn failed(context: SearchContext<'_>, what: &str, part: u32, error: FlatError<Error>) -> Error {
    match error {
        FlatError::Source(error) => error,
        FlatError::Score { row, error } => {
            let name = context.snapshot.view.parts()[part as usize].name();
            Error::corrupt(format!("{name}, row {row}: its {what} gives no finite score")).caused_by(error)
        }
    }
}
