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
    /// Exact MaxSim over every document.
    Exact {
        /// Documents scored.
        num_documents: u64,
        /// Hits returned.
        k: usize,
    },
    /// MaxSim on the codes of every document, then exact MaxSim over the best: where the candidates would be all
    /// documents, looking for them is lost work.
    CodeScan {
        /// Documents scored on their codes.
        num_documents: u64,
        /// Of those, documents scored exactly.
        num_reranked: usize,
        /// Hits returned.
        k: usize,
    },
    /// FDE scan, MaxSim on the codes of the candidates, then exact MaxSim over the best.
    FdeScan {
        /// FDE codes scanned.
        num_documents: u64,
        /// Documents kept by the scan.
        num_candidates: usize,
        /// Of those, documents scored exactly.
        num_reranked: usize,
        /// Hits returned.
        k: usize,
    },
}

/// Candidates kept by default, at least.
///
/// Chosen by measurement, as are the two below: see `docs/performance.md`, "Default budgets".
const MIN_CANDIDATES: usize = 768;

/// Candidates kept by default, per hit asked for.
const CANDIDATES_PER_HIT: usize = 12;

/// Documents scored exactly by default beyond the hits asked for: at least this many, and half of the hits. An
/// int8 query moves a score by far less than the gap between a hit and the document so many ranks further down.
const MIN_RERANKED_BEYOND: usize = 22;

impl SearchParams {
    /// Settles every budget for a collection of a size. `codes_are_cheap` says that scoring on codes costs less than
    /// scoring exactly: where it does not, every candidate is scored exactly at once.
    pub(crate) fn plan(&self, num_documents: u64, codes_are_cheap: bool) -> Result<Plan> {
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
        let (num_candidates, num_reranked) = self.budgets(codes_are_cheap);
        if num_candidates < num_reranked || num_reranked < k {
            return Err(Error::invalid(format!(
                "budgets must not grow along the way: {num_candidates} candidates, {num_reranked} reranked, {k} hits"
            )));
        }
        Ok(match (num_candidates as u64 >= num_documents, num_reranked as u64 >= num_documents) {
            (true, true) => Plan::Exact { num_documents, k },
            (true, false) if codes_are_cheap => Plan::CodeScan { num_documents, num_reranked, k },
            _ => Plan::FdeScan { num_documents, num_candidates, num_reranked, k },
        })
    }

    /// Candidates and reranked documents, those left out filled in.
    fn budgets(&self, codes_are_cheap: bool) -> (usize, usize) {
        let k = self.k;
        let reranked = k + MIN_RERANKED_BEYOND.max(k / 2);
        let candidates = MIN_CANDIDATES.max(k.saturating_mul(CANDIDATES_PER_HIT));
        match (self.num_candidates, self.num_reranked) {
            (Some(candidates), Some(reranked)) => (candidates, reranked),
            // A budget given alone also bounds, or raises, the one left out.
            (None, Some(reranked)) => (candidates.max(reranked), reranked),
            (Some(candidates), None) if codes_are_cheap => (candidates, reranked.min(candidates)),
            (Some(candidates), None) => (candidates, candidates),
            (None, None) if codes_are_cheap => (candidates, reranked),
            (None, None) => (candidates, candidates),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact { num_documents, k } => {
                write!(f, "exact MaxSim over {num_documents} documents → {k} hits")
            }
            Self::CodeScan { num_documents, num_reranked, k } => write!(
                f,
                "MaxSim on the codes of {num_documents} documents → {num_reranked} reranked by exact MaxSim → {k} hits"
            ),
            Self::FdeScan { num_documents, num_candidates, num_reranked, k }
                if num_candidates == num_reranked =>
            {
                write!(
                    f,
                    "FDE scan over {num_documents} documents → {num_candidates} candidates, reranked by exact MaxSim \
                 → {k} hits"
                )
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

    fn params(k: usize, num_candidates: Option<usize>, num_reranked: Option<usize>) -> SearchParams {
        SearchParams { k, num_candidates, num_reranked, exact: false }
    }

    #[test]
    fn budgets_left_out_are_filled_in() {
        for cheap in [true, false] {
            for (k, given, reranked) in
                [(10, None, None), (10, Some(20), None), (1000, None, None), (3, None, Some(5000))]
            {
                let plan = params(k, given, reranked).plan(1 << 40, cheap).unwrap();
                let Plan::FdeScan { num_candidates, num_reranked, .. } = plan else { panic!("{plan}") };
                assert!(num_candidates >= num_reranked && num_reranked >= k, "{plan}");
                assert_eq!(given.unwrap_or(num_candidates), num_candidates);
                assert_eq!(reranked.unwrap_or(num_reranked), num_reranked);
            }
        }
    }

    #[test]
    fn small_collections_are_not_searched_for_candidates() {
        let plan = |num_documents, cheap| params(10, None, None).plan(num_documents, cheap).unwrap();
        assert_eq!(plan(20, true), Plan::Exact { num_documents: 20, k: 10 });
        assert_eq!(plan(500, true), Plan::CodeScan { num_documents: 500, num_reranked: 32, k: 10 });
        assert_eq!(plan(500, false), Plan::Exact { num_documents: 500, k: 10 });
        assert!(matches!(plan(5000, true), Plan::FdeScan { num_reranked: 32, .. }));
        assert!(matches!(plan(5000, false), Plan::FdeScan { num_reranked: MIN_CANDIDATES, .. }));
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
            let error = params(k, candidates, reranked).plan(1000, true).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        }
        let exact = SearchParams { exact: true, num_candidates: Some(10), ..Default::default() };
        assert_eq!(exact.plan(5, true).unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
