//! Sources of candidates: one file for each kind, behind the trait [`CandidateSource`]. A plan names them as data
//! ([`PlanSource`]); `registry` is the only place that knows which kinds there are.

mod all_documents;
mod best_by_words;
mod fde_scan;
mod plan_source;
mod postings;
mod rankings;
mod registry;
mod row_scores;
mod scan;
mod sentence_scan;
mod source;
#[cfg(test)]
mod tests;

pub(crate) use plan_source::AuxiliaryIndex;
pub use plan_source::PlanSource;
pub(crate) use rankings::SourceRankings;
pub(crate) use registry::{candidates, measurable};
pub(crate) use row_scores::{RowScores, UNRANKED};
pub(crate) use source::{CandidateSource, Ranking, SearchContext, SourceCost, Workload};
