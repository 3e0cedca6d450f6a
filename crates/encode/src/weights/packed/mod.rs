//! A whole checkpoint in one file of few bits a weight, small enough to be part of a program.
//!
//! ```text
//! magic "PLEIADPM" | version u32 | CRC-32 of what follows the header u32 | length of what follows the header u64
//! safetensors:
//!   config.json     U8    the file of the checkpoint as it was
//!   tokenizer.json  U8    the file of the checkpoint, deflated
//!   projection      F16   [dim, hidden_dim]: makes token vectors of last hidden states
//!   other names     F16, I8R or I4G: the tensors of the backbone, under the names that the checkpoint gives them
//! ```
//!
//! Numbers are little-endian. A row of a tensor `I8R` is a scale, F16, and a signed byte per value; one of `I4G` is a
//! scale for each group of 32 values and then four bits per value, lower halves first: [`codes`].

mod codes;
mod file;

pub use file::PackedError;

pub(crate) use codes::{GROUP, Groups, Packing, Scale, Steps};
#[cfg(any(test, feature = "testing"))]
pub(crate) use file::HEADER_BYTES;
pub(crate) use file::around;
pub(super) use file::body;

/// The name of the file of settings.
pub(crate) const CONFIG: &str = "config.json";
/// The name of the deflated file of the tokenizer.
pub(crate) const TOKENIZER: &str = "tokenizer.json";
/// The name of the projection.
pub(crate) const PROJECTION: &str = "projection";
