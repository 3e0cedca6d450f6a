use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Largest `k`.
const MAX_K: usize = 1 << 20;

/// What one search asks for. A budget left out is chosen by the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchParams {
    /// Hits wanted.
    pub k: usize,
    /// Documents kept by the scan over FDE codes.
    pub num_candidates: Option<usize>,
    /// Of those, documents scored by MaxSim: the best by their FDE estimate.
    pub num_reranked: Option<usize>,
    /// Score every document by MaxSim and skip the candidates.
    pub exact: bool,
}

impl Default for SearchParams {
    fn default() -> Self {
        Self { k: 10, num_candidates: None, num_reranked: None, exact: false }
    }
}

/// What a search is going to do: data, not code, so that it can be printed and compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "source")]
pub enum Plan {
    /// MaxSim over every document.
    Exact {
        /// Documents scored.
        num_documents: u64,
        /// Hits returned.
        k: usize,
    },
    /// FDE scan, then MaxSim over the best.
    FdeScan {
        /// FDE codes scanned.
        num_documents: u64,
        /// Documents kept by the scan.
        num_candidates: usize,
        /// Of those, documents scored by MaxSim.
        num_reranked: usize,
        /// Hits returned.
        k: usize,
    },
}

/// Candidates kept by default, before the number of hits asked for is taken into account.
///
/// Chosen by measurement: see `docs/performance.md`, "Default budgets".
const DEFAULT_CANDIDATES: usize = 512;

/// Candidates per hit asked for, at least.
const CANDIDATES_PER_HIT: usize = 8;

/// Documents scored exactly, per hit asked for: int8 queries move a score by far less than the gap between
/// a hit and the document this many ranks further down.
const RERANKED_PER_HIT: usize = 4;

/// Documents scored exactly, at least.
const MIN_RERANKED: usize = 64;

impl SearchParams {
    /// Settles every budget for a collection of a size.
    ///
    /// # Errors
    /// `InvalidArgument` when `k` is 0 or above 2^20, a budget is 0 or too small for what follows it, or a budget
    /// is given for an exact search.
    pub fn plan(&self, num_documents: u64) -> Result<Plan> {
        let k = self.k;
        if k == 0 || k > MAX_K {
            return Err(Error::invalid(format!("k is {k}; it must be in 1..={MAX_K}")));
        }
        if self.exact {
            return match (self.num_candidates, self.num_reranked) {
                (None, None) => Ok(Plan::Exact { num_documents, k }),
                _ => Err(Error::invalid("an exact search scores every document: leave out the budgets")),
            };
        }
        let num_reranked =
            self.num_reranked.unwrap_or_else(|| MIN_RERANKED.max(k.saturating_mul(RERANKED_PER_HIT)));
        let num_candidates = self.num_candidates.unwrap_or_else(|| {
            DEFAULT_CANDIDATES.max(k.saturating_mul(CANDIDATES_PER_HIT)).max(num_reranked)
        });
        // A candidate budget given alone also bounds what can be scored exactly.
        let num_reranked =
            if self.num_reranked.is_none() { num_reranked.min(num_candidates) } else { num_reranked };
        if num_candidates < num_reranked || num_reranked < k {
            return Err(Error::invalid(format!(
                "budgets must not grow along the way: {num_candidates} candidates, {num_reranked} reranked, {k} hits"
            )));
        }
        Ok(Plan::FdeScan { num_documents, num_candidates, num_reranked, k })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact { num_documents, k } => {
                write!(f, "exact MaxSim over {num_documents} documents → {k} hits")
            }
            Self::FdeScan { num_documents, num_candidates, num_reranked, k } => write!(
                f,
                "FDE scan over {num_documents} documents → {num_candidates} candidates, rescored by MaxSim on codes \
                 → {num_reranked} reranked by exact MaxSim → {k} hits"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn plan(k: usize, num_candidates: Option<usize>, num_reranked: Option<usize>) -> Result<Plan> {
        SearchParams { k, num_candidates, num_reranked, exact: false }.plan(1000)
    }

    #[test]
    fn budgets_left_out_are_filled_in() {
        let Plan::FdeScan { num_candidates, num_reranked, .. } = plan(10, None, None).unwrap() else {
            panic!("not a scan")
        };
        assert!(num_candidates >= DEFAULT_CANDIDATES && num_reranked >= 40);
        for (k, candidates, reranked) in [(10, Some(20), None), (1000, None, None), (3, None, Some(5000))] {
            let Plan::FdeScan { num_candidates, num_reranked, .. } = plan(k, candidates, reranked).unwrap()
            else {
                panic!("not a scan")
            };
            assert!(num_candidates >= num_reranked && num_reranked >= k);
        }
    }

    #[test]
    fn impossible_budgets_are_refused() {
        for (k, candidates, reranked) in [
            (0, None, None),
            (MAX_K + 1, None, None),
            (10, Some(5), None),
            (10, Some(20), Some(30)),
            (10, None, Some(9)),
        ] {
            assert_eq!(plan(k, candidates, reranked).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
        let exact = SearchParams { exact: true, num_candidates: Some(10), ..Default::default() };
        assert_eq!(exact.plan(5).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
