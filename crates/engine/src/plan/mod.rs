//! Plans of searches: data, not code, so that they can be printed, compared and stored.

mod choose;
mod display;
mod of_filter;
mod of_hybrid;
mod of_search;
mod params;
#[cfg(test)]
mod tests;

pub(crate) use of_filter::{NUM_OTHERS, left_out_by_chance};
pub(crate) use params::PlanContext;
pub use params::SearchParams;

use crate::calibration::{FilterDepth, QueryOrigin};
use crate::sources::PlanSource;
use serde::{Deserialize, Serialize};

/// Plan of a search: candidates of all sources, each document once, are rescored on their codes, the best
/// of them are reranked by exact MaxSim, and the best of those are the hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Documents of the collection.
    pub num_documents: u64,
    /// Documents of those that pass the filter; nothing where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_matched: Option<u64>,
    /// Sources of candidates.
    pub sources: Vec<PlanSource>,
    /// Candidates scored by exact MaxSim, at most: the best by MaxSim on their codes.
    pub num_reranked: usize,
    /// Hits returned.
    pub k: usize,
    /// Who chose this, and what is known of it.
    pub basis: PlanOrigin,
    /// True where hits are those of a fused score ([`Snapshot::search_hybrid`](crate::Snapshot::search_hybrid)).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_fused: bool,
    /// The growth of budgets by the documents that the filter leaves out before the best match. Empty where sources look
    /// only among the documents that match, or all of those are scored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depths: Vec<FilterDepth>,
    /// The parts of a search by several vector sets, in the order of the schema: what each finds is scored exactly in all of them
    /// ([`Snapshot::search_sets`](crate::Snapshot::search_sets)). Empty where one set is searched, or all documents are scored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<SetPlan>,
}

/// The part of a plan that looks into one vector set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetPlan {
    /// Name of the set.
    pub set: String,
    /// Its sources and budgets: the documents that it would score exactly are candidates.
    pub plan: Plan,
}

/// Who chose a plan, and what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "chosen_by")]
pub enum PlanOrigin {
    /// The caller, by budgets or by asking for an exact search.
    Requested,
    /// Nobody: the collection is not calibrated, and these are the budgets that suit most.
    Defaults,
    /// The calibration: the cheapest plan that keeps the promise.
    Calibration {
        /// Recall promised: a lower bound of the mean over queries, with 95 % confidence.
        promised: f64,
        /// Recall measured, the mean over the queries of the calibration.
        expected: f64,
        /// Recall between which that of other such queries lies, as sure as the promise is.
        #[serde(default)]
        interval: Option<(f64, f64)>,
        /// The origin of the queries measured.
        #[serde(default = "given")]
        origin: QueryOrigin,
        /// Queries measured.
        num_queries: usize,
        /// Fewest and most tokens of those; unknown of calibrations of older releases.
        #[serde(default)]
        query_tokens: Option<(usize, usize)>,
        /// Documents at that time; budgets are scaled where there are more by now.
        num_documents: u64,
        /// True where it was measured with the best documents left out as well, so that it holds for sources under a filter.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        filtered: bool,
    },
    /// No plan is known to reach the recall asked for, so the search is exact.
    Unreachable {
        /// Recall asked for.
        recall: f64,
        /// True where the collection is calibrated at all.
        is_calibrated: bool,
    },
}

/// The origin that plans of older releases leave out.
fn given() -> QueryOrigin {
    QueryOrigin::Given
}

impl Plan {
    /// Exact MaxSim over everything.
    pub(crate) fn exact(num_documents: u64, k: usize, basis: PlanOrigin) -> Self {
        let num_reranked = usize::try_from(num_documents).unwrap_or(usize::MAX);
        Self {
            num_documents,
            num_matched: None,
            sources: vec![PlanSource::Exact],
            num_reranked,
            k,
            basis,
            is_fused: false,
            depths: Vec::new(),
            sets: Vec::new(),
        }
    }

    /// BM25 over everything.
    pub(crate) fn words(num_documents: u64, k: usize) -> Self {
        let sources = vec![PlanSource::Bm25];
        Self {
            num_documents,
            num_matched: None,
            sources,
            num_reranked: 0,
            k,
            basis: PlanOrigin::Requested,
            is_fused: false,
            depths: Vec::new(),
            sets: Vec::new(),
        }
    }

    /// A plan of these budgets, or a shorter one where they cover everything.
    pub(crate) fn new(
        context: PlanContext<'_>,
        k: usize,
        sources: Vec<PlanSource>,
        num_reranked: usize,
        basis: PlanOrigin,
    ) -> Self {
        let num_documents = context.num_documents;
        let covers_all = sources.iter().any(|source| source.covers(num_documents));
        let sources = match (covers_all, num_reranked as u64 >= num_documents) {
            (true, true) => return Self::exact(num_documents, k, basis),
            (true, false) if context.codes_are_cheap => vec![PlanSource::CodeScan],
            _ => sources,
        };
        let (num_matched, is_fused, depths, sets) = (None, false, Vec::new(), Vec::new());
        Self { num_documents, num_matched, sources, num_reranked, k, basis, is_fused, depths, sets }
    }

    /// A search by several sets, whose parts these are.
    pub(crate) fn of_sets(sets: Vec<SetPlan>, k: usize, basis: PlanOrigin) -> Self {
        let num_reranked = sets.iter().map(|set| set.plan.num_reranked).sum();
        let num_documents = sets.iter().map(|set| set.plan.num_documents).max().unwrap_or(0);
        Self { sources: Vec::new(), num_reranked, sets, ..Self::exact(num_documents, k, basis) }
    }

    /// The same plan with budgets larger by a factor, as far as there are documents.
    #[must_use]
    pub(crate) fn deeper(mut self, factor: usize) -> Self {
        let num_searched = usize::try_from(self.num_searched()).unwrap_or(usize::MAX);
        let scaled = |budget: usize| budget.saturating_mul(factor).min(num_searched.max(budget));
        for source in &mut self.sources {
            *source = source.budget().map_or(*source, |budget| source.with_budget(scaled(budget)));
        }
        self.num_reranked = scaled(self.num_reranked);
        self
    }

    /// Returns whether every document that can be a hit is scored exactly, so that the answer cannot miss any.
    pub fn is_exact(&self) -> bool {
        self.sources.iter().any(|source| matches!(source, PlanSource::Exact | PlanSource::Bm25))
    }

    /// Returns whether sources look among all documents, as deep as what the filter leaves out asks for.
    pub(crate) fn looks_behind_others(&self) -> bool {
        !self.depths.is_empty()
    }

    /// Returns whether candidates are sought, rather than all documents taken.
    pub(crate) fn looks_for_candidates(&self) -> bool {
        self.sources.iter().all(|source| source.budget().is_some())
    }

    /// Share of the exact top `k` that answers hold on average, as far as it is known.
    pub fn expected_recall(&self) -> Option<f64> {
        match self.basis {
            _ if self.is_exact() => Some(1.0),
            PlanOrigin::Calibration { expected, .. } => Some(expected),
            _ => None,
        }
    }

    /// The recall that is promised, as far as one is.
    pub fn promised_recall(&self) -> Option<f64> {
        match self.basis {
            _ if self.is_exact() => Some(1.0),
            PlanOrigin::Calibration { promised, .. } => Some(promised),
            _ => None,
        }
    }
}
