//! The definitions of trec_eval 9 for one ranking, and their mean over judged queries.
//!
//! A ranking is a list of document keys, best first; ties are as the ranking puts them. A grade above 0 is relevant,
//! and what is not judged is not.

mod evaluate;
mod metric;
mod ranking;

pub use evaluate::{Evaluation, evaluate};
pub use metric::Metric;
pub use ranking::{average_precision, ndcg, precision, recall, reciprocal_rank, success};

#[cfg(test)]
mod tests;
