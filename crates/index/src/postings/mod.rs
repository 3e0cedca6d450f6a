//! Token postings: for each centroid of token vectors, the rows that have a token near it.
//!
//! The documents worth a look have tokens in the centroids that lie best for the tokens of the query (PLAID, Santhanam
//! et al., CIKM 2022). [`Probes`] are those centroids; [`search`] reads their lists alone, adds up what each row met,
//! and imputes what it did not meet (WARP, arXiv 2501.17788): a query token that misses a row counts there as the best
//! centroid that was not probed would. So the work grows with the lists that are read, not with the rows.
//!
//! Rows lie in windows of [`WINDOW_ROWS`]: a row within one takes two bytes, nothing has to be unpacked, and the sums of
//! a window stay in the second-level cache. No centroid is known here: whoever has them gives each query token's scores.
//!
//! # Stored form
//! ```text
//!  0  magic "PLPOSTS1"
//!  8  num_rows u32
//! 12  num_centroids u32
//! 16  which centroids, u64
//! 24  num_postings u64
//! 32  where the list of each centroid ends among those of its window, u32 [windows, num_centroids]
//!     rows within their window, u16 [num_postings]: by window, then by centroid, ascending
//! ```
//! Everything is little-endian. Whoever keeps it adds a checksum.

mod build;
mod error;
mod read;
mod search;
#[cfg(test)]
mod tests;

pub use build::PostingsBuilder;
pub use error::PostingsError;
pub use read::{Postings, RowCentroids};
pub use search::{Probes, Scratch, search, visit_matches};

/// A name, and the version of what follows.
const MAGIC: [u8; 8] = *b"PLPOSTS1";

/// Bytes before the ends of lists.
const HEADER_BYTES: usize = 32;

/// Rows of a window: as many as two bytes can name.
pub const WINDOW_ROWS: u32 = 1 << 16;

/// Most centroids: their ends take as much memory as a window's sums.
const MAX_CENTROIDS: u32 = 1 << 20;
