//! Sources of candidates: one file for each kind, behind the trait [`CandidateSource`]. A plan names them as data
//! ([`PlanSource`]); `registry` is the only place that knows which kinds there are.

mod all_documents;
mod best_by_words;
mod fde_scan;
mod plan_source;
mod postings;
mod rankings;
mod registry;
mod scan;
mod sentence_scan;
#[cfg(test)]
mod tests;

pub(crate) use fde_scan::chosen_ns;
pub(crate) use plan_source::AuxiliaryIndex;
pub use plan_source::PlanSource;
pub(crate) use rankings::{RowScores, SourceRankings, UNRANKED};
pub(crate) use registry::{candidates, measurable, union};

use crate::answer::SearchStats;
use crate::error::Result;
use crate::row_mask::DocumentMask;
use crate::snapshot::DocAddress;
use crate::vector_field::VectorField;
use crate::{Snapshot, WordsQuery};
use pleiad_index::Stats;
use pleiad_store::View;
use pleiad_vectors::Query;

/// One query, and where it is searched for.
#[derive(Clone, Copy)]
pub(crate) struct SearchContext<'a> {
    pub(crate) snapshot: &'a Snapshot,
    /// The vector set that the query is compared with.
    pub(crate) field: &'a VectorField,
    pub(crate) query: &'a Query,
    /// The terms of the query, where its words are searched for.
    pub(crate) words: Option<&'a WordsQuery>,
    /// The sentence vector of the query, where it has one.
    pub(crate) sentence: Option<&'a [f32]>,
    /// The documents that may be candidates.
    pub(crate) mask: &'a DocumentMask<'a>,
}

/// A way to find candidates. A plan says which one with which budget ([`PlanSource`]); `registry` knows the
/// implementation of each.
///
/// To a plan and to a calibration a source is these answers and nothing else.
pub(crate) trait CandidateSource {
    /// The auxiliary index that it reads: a calibration measures it where that is there.
    fn reads(&self) -> Option<AuxiliaryIndex> {
        None
    }

    /// The auxiliary index without which no plan may name it.
    fn requires(&self) -> Option<AuxiliaryIndex> {
        self.reads()
    }

    /// The best documents of the mask, at most `num_candidates` of a list and best first; ties by id. Lists of one
    /// source hold different documents, whose scores do not compare. The work is added to `spent`.
    ///
    /// # Errors
    /// When something that had to be read cannot be: never a shorter list.
    fn candidates(
        &self,
        context: SearchContext<'_>,
        num_candidates: usize,
        spent: &mut SearchStats,
    ) -> Result<Vec<Vec<DocAddress>>>;

    /// The order in which it, and every source of its kind with smaller parameters, names the documents of the mask.
    ///
    /// # Errors
    /// As [`CandidateSource::candidates`].
    fn ranking<'a>(&self, context: SearchContext<'a>) -> Result<Box<dyn Ranking + 'a>>;

    /// The cost of a search, given the work that it did for all queries of a calibration.
    ///
    /// # Errors
    /// When what the cost depends on cannot be read.
    fn cost(&self, workload: &Workload<'_>, work: Stats) -> Result<SourceCost>;

    /// Factor by which budgets of queries made from documents are multiplied for real ones, which are harder.
    fn margin_of_synthetic_queries(&self) -> f64;
}

/// The order in which the sources of one kind name documents for one query.
pub(crate) trait Ranking {
    /// The documents that the source with the largest parameters names, with their scores; no document twice.
    fn lists(&self) -> Vec<&RowScores>;

    /// The ranks that a source of this kind gives some documents, from 0, [`UNRANKED`] for those
    /// that it does not name whatever its budget; and the work of one such search.
    ///
    /// # Errors
    /// When a document cannot be read, or its score is not finite.
    fn ranks(&self, source: PlanSource, documents: &[DocAddress]) -> Result<(Vec<u32>, Stats)>;
}

/// The queries that a cost is for.
pub(crate) struct Workload<'a> {
    pub(crate) field: &'a VectorField,
    pub(crate) view: &'a View,
    pub(crate) num_queries: f64,
    /// Token vectors of a query, on average.
    pub(crate) query_tokens: f64,
}

/// The cost of one search by a source in nanoseconds of one core, before its candidates are scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SourceCost {
    /// Whatever the budget.
    pub(crate) fixed_ns: f64,
    /// For each candidate kept.
    pub(crate) candidate_ns: f64,
}
