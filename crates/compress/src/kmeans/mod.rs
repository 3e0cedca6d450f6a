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
mod params;
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
pub use params::KMeansParams;
pub use token_centroids::{MAX_TOKEN_CENTROIDS, TokenCentroids};
pub use tree::{CentroidTree, TreeParams};
