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

/// Documents left out for which factors are trusted, over the most that were measured.
const MOST_BEYOND: f64 = 2.0;

/// Margin of the documents left out beyond those that a filter by chance leaves out: hits do not all stand behind equally many,
/// and budgets for those behind most have to grow by more than the mean tells.
const MARGIN: f64 = 2.0;

/// The number of better documents for which budgets have to suffice, where so many are left out before a hit on average and so
/// many are by a filter that has nothing to do with the query.
pub(crate) fn with_margin(left_out: f64, by_chance: f64) -> f64 {
    left_out + (MARGIN - 1.0) * (left_out - by_chance).max(0.0)
}

/// The factor of budgets where so many better documents are left out before each of `k` hits.
///
/// Between two numbers that were measured it follows a power of the rank of the last hit. Beyond the last one it grows as
/// between the last two, and at least in proportion to that rank.
pub(crate) fn factor_at(depths: &[FilterDepth], k: usize, left_out: f64) -> f64 {
    let rank = |left_out: f64| k as f64 + left_out;
    let (mut below, mut factor_below, mut power) = (rank(0.0), 1.0f64, 1.0f64);
    for depth in depths {
        let above = rank(f64::from(depth.left_out));
        if left_out <= f64::from(depth.left_out) {
            let position = (rank(left_out) / below).ln() / (above / below).ln();
            return factor_below.powf(1.0 - position) * depth.factor.powf(position);
        }
        power = (depth.factor / factor_below).ln() / (above / below).ln();
        (below, factor_below) = (above, depth.factor);
    }
    factor_below * (rank(left_out) / below).powf(power.max(1.0))
}

/// Returns whether factors are known well enough where so many better documents are left out: up to twice as many as were
/// measured.
pub(crate) fn is_within(depths: &[FilterDepth], left_out: f64) -> bool {
    depths.last().is_some_and(|last| left_out <= MOST_BEYOND * f64::from(last.left_out))
}

impl UnderFilter {
    /// The needs with all budgets larger by a factor.
    pub(crate) fn widened(self, factor: f64) -> Self {
        let wider = |depth: FilterDepth| FilterDepth { factor: depth.factor * factor, ..depth };
        Self {
            reranked_factor: self.reranked_factor * factor,
            depths: self.depths.into_iter().map(wider).collect(),
            ..self
        }
    }

    /// The needs that suffice for both: the larger factor of each, as far as both are known.
    pub(crate) fn joined(self, other: &Self) -> Self {
        let larger = |depth: FilterDepth| {
            let known = other.depths.iter().find(|known| known.left_out == depth.left_out)?;
            Some(FilterDepth { factor: known.factor.max(depth.factor), ..depth })
        };
        Self {
            reranked_factor: self.reranked_factor.max(other.reranked_factor),
            depths: self.depths.into_iter().map_while(larger).collect(),
            fixed_ns: self.fixed_ns.max(other.fixed_ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_grow_with_what_is_left_out() {
        let depths = [(10, 2.0), (30, 3.0)].map(|(left_out, factor)| FilterDepth { left_out, factor });
        let at = |left_out: f64| factor_at(&depths, 10, left_out);
        assert_eq!((at(0.0), at(10.0), at(30.0)), (1.0, 2.0, 3.0));
        // Between 20 and 40 hits lie √2 · 20.
        assert!((at(800f64.sqrt() - 10.0) - 6f64.sqrt()).abs() < 1e-9);
        // Twice as deep a rank takes twice the budget, or more where budgets grew faster.
        assert!((at(70.0) - 6.0).abs() < 1e-9);
        assert_eq!(factor_at(&[], 10, 30.0), 4.0);
        assert_eq!((with_margin(30.0, 10.0), with_margin(5.0, 10.0)), (50.0, 5.0));
        let steep = [(10, 2.0), (30, 8.0)].map(|(left_out, factor)| FilterDepth { left_out, factor });
        assert!((factor_at(&steep, 10, 70.0) - 32.0).abs() < 1e-9);
        assert_eq!([60.0, 61.0].map(|left_out| is_within(&depths, left_out)), [true, false]);
        assert!(!is_within(&[], 0.0));
        let mut before = 0.0;
        for left_out in 0..500 {
            assert!(at(f64::from(left_out)) >= before);
            before = at(f64::from(left_out));
        }
    }

    #[test]
    fn joined_needs_suffice_for_both() {
        let needs = |reranked_factor, factors: [f64; 2], fixed_ns| UnderFilter {
            reranked_factor,
            depths: vec![
                FilterDepth { left_out: 10, factor: factors[0] },
                FilterDepth { left_out: 30, factor: factors[1] },
            ],
            fixed_ns,
        };
        let joined = needs(1.0, [1.5, 4.0], 7.0).joined(&needs(2.0, [1.75, 3.0], 9.0));
        assert_eq!(joined, needs(2.0, [1.75, 4.0], 9.0));
    }
}
