//! Where candidates come from: every source that a plan can name.

mod fde_scan;
mod orders;
mod postings;
mod scores;

pub(crate) use orders::Orders;
pub(crate) use scores::{NEVER, Scores};

use crate::error::Result;
use crate::plan::Structure;
use crate::search::Spent;
use crate::snapshot::Location;
use crate::{Plan, PlanSource, Snapshot};
use fde_scan::FdeScan;
use pleiad_index::{Candidates, union};
use pleiad_vectors::Query;
use postings::PostingsSearch;

/// The candidates of all sources of a plan, each document once, the most promising first.
pub(crate) fn candidates(
    snapshot: &Snapshot,
    query: &Query,
    plan: &Plan,
    spent: &mut Spent,
) -> Result<Vec<Location>> {
    let mut lists = Vec::with_capacity(plan.sources.len());
    for source in &plan.sources {
        match *source {
            PlanSource::Exact | PlanSource::CodeScan => return all_locations(snapshot),
            PlanSource::FdeScan { num_candidates, coarse_factor } => {
                let (list, stats) =
                    FdeScan::new(snapshot, query, coarse_factor)?.candidates(num_candidates)?;
                lists.push(list);
                spent.add_scan(stats);
            }
            PlanSource::Postings { num_probes, num_candidates } => {
                let found = PostingsSearch::new(snapshot, query, num_probes)?.candidates(num_candidates)?;
                lists.extend(found.lists);
                spent.num_postings += found.looked_up.num_postings;
                spent.read_bytes += found.looked_up.read_bytes;
                spent.add_scan(found.scanned);
            }
        }
    }
    Ok(union(lists))
}

/// Documents scored on whole codes for each candidate of a scan in two levels: what a calibration chooses from.
const COARSE_FACTORS: [u32; 2] = [16, 64];

/// The sources that a calibration measures: all that a plan for this snapshot may name, without their budgets.
pub(crate) fn measurable(snapshot: &Snapshot) -> Result<Vec<PlanSource>> {
    let scan = |coarse_factor| PlanSource::FdeScan { num_candidates: 0, coarse_factor };
    let mut sources = vec![scan(None)];
    let structures = snapshot.structures()?;
    if structures.contains(&Structure::CoarseFdes) {
        sources.extend(COARSE_FACTORS.map(Some).map(scan));
    }
    if structures.contains(&Structure::Postings) {
        let postings = |&num_probes: &usize| PlanSource::Postings { num_probes, num_candidates: 0 };
        sources.extend(NUM_PROBES.iter().map(postings));
    }
    Ok(sources)
}

/// Numbers of centroids for each query token that are worth trying.
const NUM_PROBES: [usize; 4] = [4, 8, 16, 32];

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
