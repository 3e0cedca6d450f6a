//! The words that every other crate shares.
//!
//! A text, an image or a record becomes a *set* of vectors: a [`MultiVector`]. A [`Query`] is the asymmetric
//! side of the score. Nothing here knows files, threads or serialization.

mod error;
mod ids;
mod multi_vector;
mod score;
mod seed;
mod top_k;

pub use error::VectorError;
pub use ids::{DocId, DocKey, MAX_KEY_BYTES};
pub use multi_vector::{MAX_DIM, MAX_TOKENS, MultiVector, MultiVectorRef, Query};
pub use score::{Score, TokenMatch};
pub use seed::{Generator, Seed};
pub use top_k::{Ranked, TopK};
