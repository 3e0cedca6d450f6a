//! Sets of vectors made small: as one vector (MUVERA), in fewer bits, in fewer rows.
//!
//! [`fde`] and [`lemur`] turn a set of token vectors into a single vector whose inner product ranks as MaxSim does;
//! [`quantize`] writes tokens and such vectors in fewer bits and scores them from their codes. [`reduce`] lets tokens
//! that are alike share a vector, [`kmeans`] finds centroids of any rows. Nothing here does input or
//! output, reads a clock or makes up randomness: seeds, instruction sets and threads are passed in.

pub mod fde;
pub mod kmeans;
pub mod lemur;
pub mod quantize;
pub mod reduce;

mod set_encoder;

pub use fde::{FdeEncoder, FdeError, FdeGenerator, FdeParams, FdeScratch};
pub use lemur::{LemurEncoder, LemurError, LemurParams};
pub use quantize::{CodecError, FdeCode, FdeCodec, FdeScorer, Precision, TokenCode, TokenCodec, TokenScorer};
pub use set_encoder::SetEncoder;
