//! Budgets of searches under a filter, as data.

use serde::{Deserialize, Serialize};

/// The needs of a level under a filter that leaves out documents which stand before its best match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnderFilter {
    /// Factor of the documents scored exactly.
    pub reranked_factor: f64,
    /// Factors of the budgets, by ascending numbers of documents left out.
    pub depths: Vec<FilterDepth>,
    /// Nanoseconds of one core that the sources take before a candidate is scored.
    pub fixed_ns: f64,
}

/// The growth of budgets that finds the best matches behind so many better documents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FilterDepth {
    /// Documents before the best match that the filter leaves out.
    pub left_out: u32,
    /// Factor of the budgets of each source, counted in documents that match and others.
    pub factor: f64,
}

/// Nanoseconds of one core that the steps after the sources take, for each document.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepCosts {
    /// MaxSim on codes.
    pub rescore_ns: f64,
    /// Whatever else a candidate costs.
    pub candidate_ns: f64,
    /// Exact MaxSim.
    pub rerank_ns: f64,
    /// The score of one whole FDE code far from the one before.
    pub chosen_ns: f64,
}
