//! One ranking by token vectors, sentence vectors and words: a weighted sum of scores, each on a scale that the query alone
//! sets.
//!
//! `score = vectors · MaxSim / Σ‖q‖ + sentence · cos + words · BM25 / U`. `Σ‖q‖` is the sum of the lengths of the query's
//! token vectors, their number where they are unit vectors, so that the first part is the mean of their best cosines. `U`
//! is the sum of the terms' weights, above every BM25 score of the query. A score changes neither with `k` nor with what
//! else was found. All parts are computed for every candidate of each source: a part that one list did not return does not
//! count as nothing (a convex combination of full scores, Bruch et al., arXiv 2210.11934).

mod explain;
mod query;
mod score;
mod search;
#[cfg(test)]
mod tests;

pub use explain::HybridExplanation;
pub use query::{HybridQuery, HybridWeights};
pub(crate) use score::{FusedScorer, KnownWords};
