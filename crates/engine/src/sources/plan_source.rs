use serde::{Deserialize, Serialize};
use std::fmt;
use std::mem::discriminant;

/// One source of candidates, and its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "source")]
pub enum PlanSource {
    /// Every document, scored exactly at once.
    Exact,
    /// Every document, rescored on its codes: where the candidates would be most documents, looking for them is lost
    /// work.
    CodeScan,
    /// Every document that has a term of the query's words, scored by BM25: the ranking that was asked for.
    Bm25,
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
    /// The documents that BM25 ranks first for the query's words.
    Words {
        /// Documents kept.
        num_candidates: usize,
    },
    /// The documents whose sentence vectors are nearest to the query's, by a scan over all of them.
    Sentence {
        /// Documents kept.
        num_candidates: usize,
    },
}

/// An index beside the codes that every document has: built in the background, may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AuxiliaryIndex {
    /// Postings of token centroids.
    Postings,
    /// Coarse codes of FDEs.
    CoarseFdes,
}

impl PlanSource {
    /// Documents that it keeps at most; nothing where it gives all of them.
    pub fn budget(self) -> Option<usize> {
        match self {
            Self::Exact | Self::CodeScan | Self::Bm25 => None,
            Self::FdeScan { num_candidates, .. }
            | Self::Postings { num_candidates, .. }
            | Self::Words { num_candidates }
            | Self::Sentence { num_candidates } => Some(num_candidates),
        }
    }

    /// The same source with another budget; as it is where it has none.
    pub(crate) fn with_budget(self, num_candidates: usize) -> Self {
        match self {
            Self::Exact | Self::CodeScan | Self::Bm25 => self,
            Self::FdeScan { coarse_factor, .. } => Self::FdeScan { num_candidates, coarse_factor },
            Self::Postings { num_probes, .. } => Self::Postings { num_probes, num_candidates },
            Self::Words { .. } => Self::Words { num_candidates },
            Self::Sentence { .. } => Self::Sentence { num_candidates },
        }
    }

    /// Returns whether both are the same but for their budgets.
    pub(crate) fn is_like(self, other: Self) -> bool {
        self.with_budget(0) == other.with_budget(0)
    }

    /// Returns whether both are of one kind, perhaps with other parameters.
    pub(crate) fn is_same_kind(self, other: Self) -> bool {
        discriminant(&self) == discriminant(&other)
    }

    /// Returns whether it gives all of `num_documents` documents.
    pub(crate) fn covers(self, num_documents: u64) -> bool {
        // Documents without a word of the query are never found by words.
        !matches!(self, Self::Words { .. })
            && self.budget().is_none_or(|num_candidates| num_candidates as u64 >= num_documents)
    }

    /// Says what it does among so many documents, up to its candidates.
    pub(crate) fn describe(self, num_documents: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => write!(f, "exact MaxSim over {num_documents} documents"),
            Self::CodeScan => write!(f, "MaxSim on the codes of {num_documents} documents"),
            Self::Bm25 => write!(f, "BM25 over {num_documents} documents"),
            Self::Words { num_candidates } => {
                write!(f, "words of {num_documents} documents → {num_candidates} candidates")
            }
            Self::Sentence { num_candidates } => {
                write!(f, "sentence vectors of {num_documents} documents → {num_candidates} candidates")
            }
            Self::FdeScan { num_candidates, coarse_factor } => {
                write!(f, "FDE scan over {num_documents} documents")?;
                if let Some(factor) = coarse_factor {
                    let num_coarse = num_candidates.saturating_mul(factor as usize);
                    write!(f, " by coarse codes → {num_coarse} by whole ones")?;
                }
                write!(f, " → {num_candidates} candidates")
            }
            Self::Postings { num_probes, num_candidates } => write!(
                f,
                "postings of {num_probes} centroids for each query token → {num_candidates} candidates"
            ),
        }
    }
}
