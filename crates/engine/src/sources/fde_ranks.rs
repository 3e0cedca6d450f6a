use super::fde_scan::FdeScan;
use crate::error::Result;
use crate::snapshot::Location;
use pleiad_index::Stats;

/// Where scans in one level and in two rank some documents.
pub(super) struct FdeRanks {
    /// By whole codes, among all.
    whole: (Vec<u32>, Stats),
    /// By coarse codes, among all: also of those that have none yet.
    coarse: (Vec<u32>, Stats),
}

impl FdeRanks {
    /// Cost: a scan of each kind.
    pub(super) fn new(scan: &FdeScan<'_>, excluded: Option<Location>, wanted: &[Location]) -> Result<Self> {
        Ok(Self { whole: scan.whole_ranks(excluded, wanted)?, coarse: scan.coarse_ranks(excluded, wanted)? })
    }

    /// For a scan of so many documents scored whole for each candidate, or all: the rank that a document must be within
    /// to be found, since its place among those that coarse codes choose is no lower than among all.
    pub(super) fn of(&self, coarse_factor: Option<u32>) -> (Vec<u32>, Stats) {
        let Some(factor) = coarse_factor else { return self.whole.clone() };
        let ranks = self.whole.0.iter().zip(&self.coarse.0);
        (ranks.map(|(&whole, &coarse)| whole.max(coarse / factor.max(1))).collect(), self.coarse.1)
    }
}
