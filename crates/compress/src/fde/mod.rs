//! Fixed dimensional encodings: a set of token vectors becomes one vector (MUVERA, arXiv 2405.19504).
//!
//! Space is cut into `2^k` partitions by `k` random hyperplanes, `R` times over. A query's block for a partition is
//! the *sum* of its tokens there, a document's the *mean*; an empty document block takes the first token whose
//! signs differ least. The inner product of the two then estimates `R · MaxSim` from below:
//! each query token meets, in each repetition, the mean of the document tokens that fell beside it.
//!
//! ```text
//! tokens ─ partition ─► codes ─┐
//! tokens ─ project ──► values ─┴─► encode_query | encode_document ─► project_final ─► Fde
//! ```
//!
//! Only the ranking of the inner products matters; they are never normalized.

mod encode;
mod encoder;
mod error;
mod google_compat;
mod matrices;
mod params;
mod partition;
mod portable;

pub use encoder::{FdeEncoder, FdeScratch};
pub use error::FdeError;
pub use google_compat::ReferenceStream;
pub use matrices::{CountSketch, FdeMatrices};
pub use params::{FdeGenerator, FdeParams, MAX_FDE_DIM, MAX_REPETITIONS, MAX_SIMHASH_PROJECTIONS};
pub use partition::{bits_of_partition, nearest_tokens, partition_of_bits};
