use super::rankings::{RowScores, UNRANKED};
use super::{CandidateSource, PlanSource, Ranking, SearchContext, SourceCost, Workload};
use crate::answer::SearchStats;
use crate::error::Result;
use crate::snapshot::DocAddress;
use pleiad_index::Stats;

/// Every document of the mask, in no order: what follows scores all of them.
pub(super) struct AllDocuments;

impl CandidateSource for AllDocuments {
    fn candidates(
        &self,
        context: SearchContext<'_>,
        _num_candidates: usize,
        _spent: &mut SearchStats,
    ) -> Result<Vec<Vec<DocAddress>>> {
        Ok(vec![context.mask.documents(context.snapshot)?])
    }

    fn ranking<'a>(&self, _context: SearchContext<'a>) -> Result<Box<dyn Ranking + 'a>> {
        Ok(Box::new(Unordered))
    }

    fn cost(&self, _workload: &Workload<'_>, _work: Stats) -> Result<SourceCost> {
        Ok(SourceCost { fixed_ns: 0.0, candidate_ns: 0.0 })
    }

    /// Codes rank documents made into queries about as they rank others: this is the margin of documents scored exactly.
    fn margin_of_synthetic_queries(&self) -> f64 {
        super::fde_scan::MARGIN
    }
}

/// The ranking of a source that gives all documents in no order.
struct Unordered;

impl Ranking for Unordered {
    fn lists(&self) -> Vec<&RowScores> {
        Vec::new()
    }

    fn ranks(&self, _source: PlanSource, documents: &[DocAddress]) -> Result<(Vec<u32>, Stats)> {
        Ok((vec![UNRANKED; documents.len()], Stats::default()))
    }
}
