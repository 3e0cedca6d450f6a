use serde::{Deserialize, Serialize};

/// One source of candidates, and what it may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "source")]
pub enum PlanSource {
    /// Every document, scored exactly at once.
    Exact,
    /// Every document, rescored on its codes: where the candidates would be most documents, looking for them is lost
    /// work.
    CodeScan,
    /// The best of a scan over all FDE codes.
    FdeScan {
        /// Documents kept.
        num_candidates: usize,
        /// Documents scored on their whole FDE code for each of those: the best by coarse codes, where a segment has
        /// these. Without it all are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coarse_factor: Option<u32>,
    },
    /// The documents that have tokens near those of the query: the centroids that lie best for each query token, and
    /// the postings of these. Documents that have no postings are scanned by their FDE codes.
    Postings {
        /// Centroids for each query token.
        num_probes: usize,
        /// Documents kept.
        num_candidates: usize,
    },
}

/// What a source reads beside the codes that every document has: made in the background, and perhaps not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Structure {
    /// Postings of token centroids.
    Postings,
    /// Coarse codes of FDEs.
    CoarseFdes,
}

impl PlanSource {
    /// Documents that it keeps at most; nothing where it gives all of them.
    pub fn budget(self) -> Option<usize> {
        match self {
            Self::Exact | Self::CodeScan => None,
            Self::FdeScan { num_candidates, .. } | Self::Postings { num_candidates, .. } => {
                Some(num_candidates)
            }
        }
    }

    /// The same source with another budget; as it is where it has none.
    pub(crate) fn with_budget(self, num_candidates: usize) -> Self {
        match self {
            Self::Exact | Self::CodeScan => self,
            Self::FdeScan { coarse_factor, .. } => Self::FdeScan { num_candidates, coarse_factor },
            Self::Postings { num_probes, .. } => Self::Postings { num_probes, num_candidates },
        }
    }

    /// What must be there for it. A scan in two levels needs nothing: without coarse codes it has one.
    pub(crate) fn structure(self) -> Option<Structure> {
        match self {
            Self::Exact | Self::CodeScan | Self::FdeScan { .. } => None,
            Self::Postings { .. } => Some(Structure::Postings),
        }
    }

    /// Whether both are the same but for their budgets.
    pub(crate) fn is_like(self, other: Self) -> bool {
        self.with_budget(0) == other.with_budget(0)
    }

    /// Whether it gives all of so many documents.
    pub(super) fn covers(self, num_documents: u64) -> bool {
        self.budget().is_none_or(|num_candidates| num_candidates as u64 >= num_documents)
    }
}
