//! Calibrations as data: the budgets that reach each recall, by the length of queries. `calibrate` measures them.
//!
//! Queries fall into classes by their number of tokens: a plan that finds enough for queries of 32 tokens may find half as
//! much for queries of two.

mod stored;
mod under_filter;

pub use under_filter::{FilterDepth, StepCosts, UnderFilter};
pub(crate) use under_filter::{factor_at, is_within, with_margin};

use crate::hybrid::HybridWeights;
use crate::sources::{AuxiliaryIndex, PlanSource};
use serde::{Deserialize, Serialize};

/// The budgets of a collection that reach a recall, for queries of every length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The shares of the fused score that was measured; nothing where it was MaxSim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<HybridWeights>,
    /// By the length of queries, the shortest first.
    pub classes: Vec<QueryClass>,
}

/// A ranking whose budgets are calibrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CalibratedRanking {
    /// MaxSim.
    Vectors,
    /// The fused score with the shares that suit the collection.
    Fused,
}

/// The origin of the queries of a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryOrigin {
    /// The caller gave them.
    Given,
    /// Each is some tokens of one document, searched for among the others: budgets get a margin.
    Documents,
    /// Searches of this process asked them.
    Observed,
}

/// The cheapest plan known to reach a recall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Hits.
    pub k: usize,
    /// Recall promised.
    pub recall: f64,
    /// Recall measured: the mean over the queries.
    pub expected: f64,
    /// Recall between which that of other such queries lies, as sure as the promise is; unknown of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// The sources of candidates.
    pub sources: Vec<PlanSource>,
    /// Candidates scored exactly.
    pub num_reranked: usize,
    /// The needs of searches under a filter; nothing where no budgets are known to suffice, as in calibrations of older
    /// releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_filter: Option<UnderFilter>,
}

impl Calibration {
    /// Returns whether a plan reads token postings.
    pub(crate) fn uses_postings(&self) -> bool {
        let mut sources = self.levels().flat_map(|level| &level.sources);
        sources.any(|source| source.requires() == Some(AuxiliaryIndex::Postings))
    }
}

impl Level {
    /// Returns whether no cheaper plan was proven.
    pub(crate) fn is_exact(&self) -> bool {
        self.sources.contains(&PlanSource::Exact)
    }

    /// Returns whether all indexes that its sources read are there.
    pub(crate) fn is_possible(&self, available: &[AuxiliaryIndex]) -> bool {
        self.needed().iter().all(|index| available.contains(index))
    }

    /// The auxiliary indexes that its sources require.
    pub(crate) fn needed(&self) -> Vec<AuxiliaryIndex> {
        let mut needed: Vec<_> = self.sources.iter().filter_map(|source| source.requires()).collect();
        needed.sort_unstable();
        needed.dedup();
        needed
    }
}

/// Numbers of hits that are measured; budgets for those between are interpolated, and nothing is promised for more.
pub(crate) const DEPTHS: [usize; 5] = [1, 3, 10, 30, 100];

/// Recalls that can be promised short of 1; one asked for between is rounded up.
pub(crate) const RECALLS: [f64; 14] =
    [0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998];

/// The recall that is aimed at when nothing is asked for.
pub(crate) const DEFAULT_RECALL: f64 = 0.98;

/// The fewest tokens of a query of each class; each class ends where the next one begins.
pub(crate) const MIN_TOKENS: [usize; 6] = [1, 3, 5, 9, 17, 33];

/// The class of a query of so many tokens.
pub(crate) fn class_of(num_tokens: usize) -> usize {
    MIN_TOKENS.partition_point(|&least| least <= num_tokens).saturating_sub(1)
}

/// The promises for queries of one range of lengths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueryClass {
    /// Fewest tokens of the queries that it serves: from this number up to the class after it.
    pub min_tokens: usize,
    /// Documents when it was measured. Where there are more by now, budgets grow in proportion.
    pub num_documents: u64,
    /// Documents scored for each query, on average: all of them, or those that sources rank first and a sample of the others.
    pub num_sampled: u64,
    /// Queries measured.
    pub num_queries: usize,
    /// Fewest and most tokens of those; unknown of calibrations of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_tokens: Option<(usize, usize)>,
    /// The origin of those.
    pub origin: QueryOrigin,
    /// The cost of each step for queries like these; unknown of calibrations of older releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<StepCosts>,
    /// The cheapest plans for each number of hits and recall, by both: where the cheapest looks into something that may
    /// not be there, the next one that does not.
    pub levels: Vec<Level>,
}

impl Calibration {
    /// Queries measured, of all classes; one that two classes were measured with counts for both.
    pub fn num_queries(&self) -> usize {
        self.classes.iter().map(|class| class.num_queries).sum()
    }

    /// The levels of all classes.
    pub fn levels(&self) -> impl Iterator<Item = &Level> {
        self.classes.iter().flat_map(|class| &class.levels)
    }

    /// Returns whether an older release made it, which did not tell lengths of queries apart.
    pub(crate) fn is_outdated(&self) -> bool {
        self.classes.iter().any(|class| class.query_tokens.is_none())
    }

    /// Returns whether so many documents are twice as many, or half as many, as some class was measured with.
    pub(crate) fn is_outgrown(&self, num_documents: u64) -> bool {
        let is_outgrown = |class: &QueryClass| {
            num_documents >= 2 * class.num_documents || 2 * num_documents <= class.num_documents
        };
        self.classes.iter().any(is_outgrown)
    }

    /// Returns whether so many observed queries tell more of a class than what it was measured with.
    pub(crate) fn gains_by(&self, class: usize, num_observed: usize) -> bool {
        let known = self.classes.iter().find(|known| known.min_tokens == MIN_TOKENS[class]);
        known.is_none_or(|known| match known.origin {
            QueryOrigin::Given => false,
            QueryOrigin::Documents => true,
            QueryOrigin::Observed => num_observed > known.num_queries,
        })
    }

    /// The classes of both, those of `newer` where both have one.
    pub(crate) fn updated(mut self, newer: Self) -> Self {
        // What served longer queries by a margin goes on doing so where the class below them no longer has one.
        let is_replaced =
            |class: &QueryClass| newer.classes.iter().any(|new| new.min_tokens == class.min_tokens);
        let last =
            self.classes.last().filter(|last| last.origin == QueryOrigin::Documents && is_replaced(last));
        let longer = last.and_then(|last| {
            let min_tokens = MIN_TOKENS.into_iter().find(|&least| least > last.min_tokens)?;
            Some(QueryClass { min_tokens, ..last.clone() })
        });
        self.classes.extend(longer.filter(|longer| longer.min_tokens < MIN_TOKENS[MIN_TOKENS.len() - 1]));
        self.classes.retain(|class| !is_replaced(class));
        self.classes.extend(newer.classes);
        self.classes.sort_by_key(|class| class.min_tokens);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(min_tokens: usize, origin: QueryOrigin, num_queries: usize) -> QueryClass {
        let (num_documents, num_sampled, query_tokens) = (100, 100, Some((min_tokens, 40)));
        let (costs, levels) = (None, Vec::new());
        QueryClass {
            min_tokens,
            num_documents,
            num_sampled,
            num_queries,
            query_tokens,
            origin,
            costs,
            levels,
        }
    }

    #[test]
    fn a_query_takes_its_own_class_or_the_next_shorter_one() {
        let classes = vec![class(3, QueryOrigin::Documents, 48), class(17, QueryOrigin::Given, 50)];
        let calibration = Calibration { weights: None, classes };
        let served = |num_tokens| calibration.class_for(num_tokens).map(|class| class.min_tokens);
        assert_eq!([1, 2, 3, 16, 17, 400].map(served), [None, None, Some(3), Some(3), Some(17), Some(17)]);
        assert_eq!(
            [1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 4000].map(class_of),
            [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        );
    }

    #[test]
    fn observed_queries_replace_their_class_alone() {
        use QueryOrigin::{Documents, Given, Observed};
        let old = Calibration {
            weights: None,
            classes: vec![class(1, Given, 50), class(5, Documents, 48), class(9, Documents, 96)],
        };
        assert!(!old.gains_by(0, 192) && old.gains_by(2, 48) && old.gains_by(4, 48));
        let new = old.updated(Calibration { weights: None, classes: vec![class(9, Observed, 48)] });
        let kinds: Vec<_> = new.classes.iter().map(|class| (class.min_tokens, class.origin)).collect();
        // Queries of 17 tokens and more keep the margin that they had.
        assert_eq!(kinds, [(1, Given), (5, Documents), (9, Observed), (17, Documents)]);
        assert!(!new.gains_by(3, 48) && new.gains_by(3, 96));
        assert!(!new.is_outgrown(199) && new.is_outgrown(200) && new.is_outgrown(50));
    }
}
