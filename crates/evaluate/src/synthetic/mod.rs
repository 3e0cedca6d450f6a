//! Synthetic token vectors of any number of documents, for measuring what real collections at hand are too small for.
//!
//! A token is a *word* (a direction that tokens share), something of its document, something of its own, and a
//! direction common to all tokens, brought to unit length. Words belong to topics, a document has one topic and takes
//! most of its words from it: clusters of tokens and clusters of documents. With a large common direction the tokens
//! are as anisotropic as those of models on which FDEs are known to fail.
//!
//! ```text
//! seed ─► topics ─► words ─┐
//! seed, number ─► topic, words of the document, its own direction ─► tokens
//! ```
//!
//! Every document is made from the seed and its number alone: any range of a million documents can be made again at
//! any time, and none has to be kept.

mod error;
mod noise;
mod params;
mod sets;

pub use error::SyntheticError;
pub use params::SyntheticParams;
pub use sets::{Synthetic, SyntheticQuery};
