//! k-means: the only one of the workspace.
//!
//! [`Centroids::train`] finds centroids of a sample of rows, [`Centroids::assign`] the nearest one of any row. Both do
//! their work in MaxSim kernels: the nearest centroid is the one with the largest `⟨x, c⟩ − |c|²/2`, and with a 1 behind
//! each row and `−|c|²/2` behind each centroid that is an inner product. So rows stand where query tokens do and
//! centroids where document tokens do; no matrix of distances is ever written.
//!
//! [`TokenCentroids`] are those of a whole collection, which keeps them.
//! [`CentroidTree`] has its centroids in groups, for the price of the square root of their number; it can be written and
//! read.
//!
//! Nothing here starts a thread. Whoever has threads lends them as a [`Spread`]; the result is the same, bit for bit,
//! however many there are.

mod centroids;
mod error;
mod panels;
mod rounds;
mod seeds;
mod stored;
mod token_centroids;
mod tree;

#[cfg(test)]
mod tests;

pub use centroids::{Centroids, MAX_CLUSTERED_VALUE, Nearest};
pub use error::KMeansError;
pub(crate) use panels::collect;
pub use panels::{Spread, in_order};
pub use token_centroids::{MAX_TOKEN_CENTROIDS, TokenCentroids};
pub use tree::{CentroidTree, TreeParams};

use pleiad_vectors::Seed;

/// Parameters of k-means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KMeansParams {
    /// Most centroids, at least 1: fewer remain where there are fewer distinct rows.
    pub num_centroids: usize,
    /// Most rounds of Lloyd, at least 1: training stops when no row moves any more.
    pub num_rounds: usize,
    /// Rows that are drawn for each centroid, at least 1: more rows are not looked at.
    pub rows_per_centroid: usize,
    /// Normalizes centroids to unit length: then the nearest is the one with the largest inner product.
    pub unit_length: bool,
    /// Decides which rows are drawn and which of them centroids start from.
    pub seed: Seed,
}

impl KMeansParams {
    /// Returns the parameters for real token vectors: eight rounds over 64 rows for each centroid. Twice the rounds and
    /// twice the rows change the squared error by less than two per cent.
    pub const fn new(num_centroids: usize, seed: Seed) -> Self {
        Self { num_centroids, num_rounds: 8, rows_per_centroid: 64, unit_length: false, seed }
    }

    fn check(&self) -> Result<(), KMeansError> {
        let all = [
            ("num_centroids", self.num_centroids),
            ("num_rounds", self.num_rounds),
            ("rows_per_centroid", self.rows_per_centroid),
        ];
        match all.into_iter().find(|(_, value)| *value == 0) {
            Some((parameter, _)) => Err(KMeansError::Zero { parameter }),
            None => Ok(()),
        }
    }
}
