//! Text and token-vector files become [`MultiVector`](pleiad_vectors::MultiVector)s.
//!
//! Two ways in:
//! - an [`Encoder`] turns a text into token vectors and remembers which word each of them stands for: a [`ModelEncoder`]
//!   runs the built-in model, which needs no download and no accelerator, or a late-interaction checkpoint;
//! - [`import`] reads token vectors that another model made: NumPy files, safetensors, JSON records.
//!
//! Nothing here knows the engine.

mod backbone;
mod checkpoint;
mod encoder;
mod error;
pub mod import;
#[cfg(feature = "onnx")]
mod onnx;
mod onnx_runtime;
mod open;
mod pack;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tokenize;
mod transformer;
mod weights;
mod word_piece;
mod words_only;

pub use checkpoint::{Layout, ModelEncoder, ModelOptions, Sentence};
pub use encoder::{Encoded, Encoder, TokenSpan};
pub use error::{EncodeError, SafetensorsError};
pub use onnx_runtime::OnnxRuntime;
pub use open::{built_in, open};
pub use tokenize::Tokenizer;
pub use transformer::Precision;
pub use weights::{ModelError, PackedError};
pub use word_piece::{Piece, WordPiece};
pub use words_only::WordsOnly;
