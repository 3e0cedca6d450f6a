//! Where candidates come from: every source that a plan can name.

mod fde_scan;

pub(crate) use fde_scan::{FdeScan, units};

use crate::error::Result;
use crate::search::Spent;
use crate::snapshot::Location;
use crate::{Plan, PlanSource, Snapshot};
use pleiad_index::{Candidates, union};
use pleiad_vectors::Query;

/// The candidates of all sources of a plan, each document once, the most promising first.
pub(crate) fn candidates(
    snapshot: &Snapshot,
    query: &Query,
    plan: &Plan,
    spent: &mut Spent,
) -> Result<Vec<Location>> {
    let mut lists = Vec::with_capacity(plan.sources.len());
    for source in &plan.sources {
        let (list, stats) = match *source {
            PlanSource::Exact | PlanSource::CodeScan => return all_locations(snapshot),
            PlanSource::FdeScan { num_candidates } => {
                FdeScan::new(snapshot, query)?.candidates(num_candidates)?
            }
        };
        spent.num_scanned += stats.num_scored;
        spent.read_bytes += stats.read_bytes;
        lists.push(list);
    }
    Ok(union(lists))
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
