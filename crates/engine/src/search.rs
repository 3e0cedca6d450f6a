use crate::columns::FDE;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::rerank;
use crate::snapshot::Location;
use crate::{SearchParams, Snapshot};
use pleiad_compress::quantize::FdeScorer;
use pleiad_index::flat::{self, FlatError};
use pleiad_index::{Source, Stats};
use pleiad_store::PartView;
use pleiad_vectors::{DocId, DocKey, Query, Ranked, Score, TopK};
use rayon::prelude::*;
use std::ops::Range;

/// Rows that one core scans at a time.
const UNIT_ROWS: u32 = 4096;

/// The answer to one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Best first; ties by document id.
    pub hits: Vec<Hit>,
    /// What the search set out to do.
    pub plan: Plan,
    /// What it did.
    pub spent: Spent,
}

/// One document of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The user's id.
    pub key: DocKey,
    /// The stable internal id.
    pub id: DocId,
    /// MaxSim of the query and the stored token vectors.
    pub score: Score,
}

/// Work done for one answer, in units that do not depend on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// FDE codes scored.
    pub num_scanned: u64,
    /// Documents scored by MaxSim on their codes.
    pub num_rescored: u64,
    /// Documents scored by exact MaxSim.
    pub num_reranked: u64,
    /// Bytes of codes read.
    pub read_bytes: u64,
}

pub(crate) fn search(snapshot: &Snapshot, query: &Query, params: &SearchParams) -> Result<Answer> {
    snapshot.check_query(query)?;
    let plan = snapshot.plan(params)?;
    let mut spent = Spent::default();
    let best = match plan {
        Plan::Exact { k, .. } => {
            let locations = all_locations(snapshot)?;
            rerank::exact(snapshot, query, &locations, k, &mut spent)?
        }
        Plan::CodeScan { num_reranked, k, .. } => {
            let promising =
                rerank::rescore(snapshot, query, all_locations(snapshot)?, num_reranked, &mut spent)?;
            rerank::exact(snapshot, query, &promising, k, &mut spent)?
        }
        Plan::FdeScan { num_candidates, num_reranked, k, .. } => {
            let candidates = candidates(snapshot, query, num_candidates, &mut spent)?;
            let promising = rerank::rescore(snapshot, query, candidates, num_reranked, &mut spent)?;
            rerank::exact(snapshot, query, &promising, k, &mut spent)?
        }
    };
    let hits = best
        .into_iter()
        .map(|Ranked { id, score }| Ok(Hit { key: snapshot.key(id)?, id: id.id, score }))
        .collect::<Result<_>>()?;
    Ok(Answer { hits, plan, spent })
}

/// Every visible document.
pub(crate) fn all_locations(snapshot: &Snapshot) -> Result<Vec<Location>> {
    let parts = snapshot.view.parts().iter().enumerate();
    parts
        .flat_map(|(part, view)| {
            let visible = (0..view.num_rows()).filter(|&row| !view.is_deleted(row));
            visible.map(move |row| snapshot.location(part as u32, row))
        })
        .collect()
}

/// The documents whose FDE promises most, best first.
fn candidates(
    snapshot: &Snapshot,
    query: &Query,
    num_candidates: usize,
    spent: &mut Spent,
) -> Result<Vec<Location>> {
    let codecs = &snapshot.shared.codecs;
    let query_fde = codecs.fde.encode_query(query.vectors()).map_err(|error| {
        Error::invalid(format!("the query's FDE cannot be computed: {error}")).caused_by(error)
    })?;
    let scorer = FdeScorer::new(&codecs.fde_code, &query_fde, codecs.isa)
        .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
    let scan = |(part, rows): (u32, Range<u32>)| -> Result<(TopK<Location>, Stats)> {
        let view = &snapshot.view.parts()[part as usize];
        let mut source = FdeColumn { view, scorer: &scorer, width: codecs.fde_code.bytes() as u64 };
        let mut top = TopK::new(num_candidates);
        let identify =
            |row| if view.is_deleted(row) { Ok(None) } else { snapshot.location(part, row).map(Some) };
        let stats = flat::search(&mut source, rows, identify, &mut top).map_err(|error| match error {
            FlatError::Source(error) => error,
            FlatError::Score { row, error } => {
                Error::corrupt(format!("{}, row {row}: its FDE gives no finite score", view.name()))
                    .caused_by(error)
            }
        })?;
        Ok((top, stats))
    };
    let nothing = || (TopK::new(num_candidates), Stats::default());
    let (top, stats) = units(snapshot).into_par_iter().map(scan).try_reduce(nothing, |mut a, b| {
        a.0.merge(b.0);
        a.1 += b.1;
        Ok(a)
    })?;
    spent.num_scanned = stats.num_scored;
    spent.read_bytes += stats.read_bytes;
    Ok(top.into_sorted().into_iter().map(|ranked| ranked.id).collect())
}

/// The collection cut into ranges of rows that are scanned independently.
fn units(snapshot: &Snapshot) -> Vec<(u32, Range<u32>)> {
    let parts = snapshot.view.parts().iter().enumerate();
    parts
        .flat_map(|(part, view)| {
            let num_rows = view.num_rows();
            let starts = (0..num_rows).step_by(UNIT_ROWS as usize);
            starts.map(move |start| (part as u32, start..num_rows.min(start.saturating_add(UNIT_ROWS))))
        })
        .collect()
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
