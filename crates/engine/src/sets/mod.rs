//! One ranking by several vector sets: a weighted sum of the mean MaxSim of a query's tokens in each.
//!
//! `score = Σ weight · MaxSim / num_query_tokens` over the sets that are asked for. A document that lacks one has nothing of it;
//! one that lacks all is not found. Candidates are the union of what each set's own plan finds, and every one of them is
//! scored exactly in every set: no score is imputed, and none depends on what else was found.
//!
//! A question to one set is that set's own search ([`Snapshot::of_set`](crate::Snapshot::of_set)), with its scores and promises.

mod asked;
mod calibration;
mod choose;
mod explain;
mod measure;
mod plan;
mod query;
mod search;

pub(crate) use asked::Asked;
pub(crate) use calibration::{Combinations, keep};
pub use calibration::{SetBudgets, SetsCalibration, SetsLevel};
pub use explain::{ExplainedSet, SetsExplanation};
pub(crate) use measure::measure;
pub use query::{SetWeight, SetsQuery};
