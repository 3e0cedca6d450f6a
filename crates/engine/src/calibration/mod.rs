//! Calibrations as data: the budgets that reach each recall, by the length of queries. `calibrate` measures them.

mod classes;
mod stored;

pub use classes::QueryClass;
pub(crate) use classes::{MIN_TOKENS, class_of};

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
