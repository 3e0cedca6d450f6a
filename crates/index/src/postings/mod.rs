//! Token postings: for each centroid of token vectors, the rows that have a token near it.
//!
//! The documents worth a look have tokens in the centroids that lie best for the tokens of the query (PLAID, Santhanam
//! et al., CIKM 2022). [`Probes`] are those centroids; [`search`] reads their lists alone, adds up what each row met,
//! and imputes what it did not meet (WARP, arXiv 2501.17788): a query token that misses a row counts there as the best
//! centroid that was not probed would. So the work grows with the lists that are read, not with the rows.
//!
//! Rows lie in windows of [`WINDOW_ROWS`]: a row within one takes two bytes, nothing has to be unpacked, and the sums of
//! a window stay in the second-level cache. No centroid is known here: whoever has them gives each query token's scores.

mod build;
mod error;
mod probes;
mod read;
mod search;
mod stored;
#[cfg(test)]
mod tests;

pub use build::PostingsBuilder;
pub use error::PostingsError;
pub use probes::Probes;
pub use read::{Postings, RowCentroids};
pub use search::{Scratch, search, visit_matches};
pub use stored::WINDOW_ROWS;
