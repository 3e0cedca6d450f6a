//! Fewer rows: tokens that say nearly the same share one vector.
//!
//! A MaxSim asks each query token for its best document token, so what counts is that every direction a document has
//! stays nearby, not how often it occurs. Sizes and scores fall with the number of rows: the tokens that are stored,
//! the arithmetic of a rerank, the work of an encoding.
//!
//! | verb | joins |
//! |---|---|
//! | [`Reduction::Ward`] | what is alike anywhere in the document, down to a budget: the best, and the usual choice |
//! | [`Reduction::KMeans`] | the same, to CRISP's shapes |
//! | [`Reduction::Neighbours`] | neighbours only, down to a budget: for very long documents |
//! | [`Reduction::Runs`] | neighbours only, as far as they are alike |
//! | [`join_words`] | the pieces of a word, or all its occurrences |
//! | [`drop_tokens`] | nothing: it leaves out what a skip-list names |
//!
//! Each says which row a token went to, so that a match can still be explained by words.

mod directions;
mod drop_tokens;
mod error;
mod gather;
mod join_words;
mod k_means;
mod neighbours;
mod params;
mod reducer;
mod runs;
mod ward;

#[cfg(test)]
mod tests;

pub use drop_tokens::{Remaining, drop_tokens};
pub use error::ReduceError;
pub use join_words::join_words;
pub use params::{Aggregate, Budget, ReduceParams, Reduction, WardVariant};
pub use reducer::{ReduceScratch, Reduced, Reducer};

/// Most tokens that [`Reduction::Ward`] and [`Reduction::KMeans`] weigh against each other: the distances of so many
/// take 34 MB. A longer document is cut into as few consecutive windows of nearly equal length as that allows, each
/// reduced by itself with its share of the budget.
pub const MAX_WINDOW: usize = 4096;
