//! Fewer rows: tokens that say nearly the same share one vector.
//!
//! A MaxSim asks each query token for its best document token, so what counts is that every direction a document has
//! stays nearby, not how often it occurs. Sizes and scores fall with the number of rows: the tokens that are stored,
//! the arithmetic of a rerank, the work of an encoding.
//!
//! | verb | joins |
//! |---|---|
//! | [`Reduction::Ward`] | what is alike anywhere in the document, down to a budget: the best, and the usual choice |
//! | [`Reduction::Neighbors`] | neighbors only, down to a budget: for very long documents |
//!
//! Each says which row a token went to, so that a match can still be explained by words.
//!
//! What it costs, by exact MaxSim over unreduced queries (`cargo xtask bench reduce`): nDCG@10, and in brackets the
//! share of the ten documents that unreduced MaxSim ranks first which are still among the first ten.
//!
//! | | rows | cranfield, MiniLM 128 dims | LoTTE 500, ColBERTv2 |
//! |---|---|---|---|
//! | none | 100 % | .367 | .949 |
//! | Ward by 2 | 50 % | .364 (.91) | .942 (.92) |
//! | Ward by 3 | 33 % | .365 (.81) | .942 (.85) |
//! | Ward by 4 | 25 % | .354 (.76) | .938 (.81) |
//! | Ward by 4, [`Aggregate::Mean`] | 25 % | .327 (.65) | .937 (.76) |
//! | neighbors by 4 | 25 % | .339 (.69) | .927 (.72) |
//! | Ward by 6 | 16 % | .353 (.71) | .934 (.75) |
//!
//! The order of the first ten changes sooner than its worth: where the exact order matters, rerank with the tokens
//! as they were. A token takes about 1.2 µs by Ward, 0.3 among neighbors.

mod error;
mod gather;
mod labels;
mod neighbors;
mod params;
mod reducer;
mod ward;

#[cfg(test)]
mod tests;

pub use error::ReduceError;
pub use labels::{decode_labels, encode_labels};
pub use params::{Aggregate, Budget, ReduceParams, Reduction, WardVariant};
pub use reducer::{ReduceScratch, Reduced, Reducer};

/// Most tokens that [`Reduction::Ward`] weighs against each other: the distances of so many
/// take 34 MB, and their clusters about half a second at 128 dims. A longer document is cut into as few consecutive
/// windows of nearly equal length as that allows, each reduced by itself with its share of the budget.
pub const MAX_WINDOW: usize = 4096;
