//! Fewer bits: token vectors and encodings as codes, and scores computed from them.
//!
//! A codec says how bytes lie; a scorer packs a query once and reads documents as they lie in a segment.
//!
//! | tokens | bytes per token | error of a value |
//! |---|---|---|
//! | [`TokenCode::F16`] | `2 dim` | half a step of binary16: relative `2^-11` |
//! | [`TokenCode::Int8`] | `dim + 2` | half a step: `max / 252` of its token |
//! | [`TokenCode::Int4`] | `dim / 2 + 2` | 1 % of the square of a token less its document's mean, spread over all its values |
//! | [`TokenCode::Int2`] | `dim / 4 + 2` | 13 % of it |
//! | [`TokenCode::Int1`] | `dim / 8 + 2` | 57 % of it |
//!
//! The last three code a token *rotated*: one fixed random rotation for all makes the values of any token about normal,
//! so that one table of levels suits them all, and nothing is trained. They code what distinguishes it from the mean of
//! its document's tokens, which stands once behind them in four bits a value: with every query token it has one inner
//! product, so what the tokens share costs nothing more. Queries are rotated once, documents never back, except to read
//! them.
//!
//! [`TokenCodec::residual`] has them code how a token differs from the nearest of a collection's centroids first, which
//! costs the bits that name it and keeps a quarter of the top ten that a code alone loses.
//!
//! | encodings of `n` values | bytes |
//! |---|---|
//! | [`FdeCode::F32`] | `4 n` |
//! | [`FdeCode::Int8`] | `n + 4` |
//! | [`FdeCode::Int4`] | `n / 2 + 4` |
//! | [`FdeCode::Sign`] | `n / 8 + 2` |
//!
//! [`UnitVectorCodec`] keeps one vector for a whole document, compared by its direction: `n / 2 + 2` bytes for `n` values.

mod centroids;
mod coarse_fde;
mod codec;
mod decode_tokens;
mod encode_fde;
mod encode_tokens;
mod error;
mod grid;
mod rotate;
mod score_fde;
mod score_tokens;
mod steps;
mod unit_vector;

pub use coarse_fde::{CoarseFdeCodec, CoarseFdeScorer};
pub use codec::{FdeCode, FdeCodec, MAX_CODED_VALUE, TokenCode, TokenCodec};
pub use error::CodecError;
pub use score_fde::FdeScorer;
pub use score_tokens::{Precision, TokenScorer};
pub use unit_vector::{UnitVectorCodec, UnitVectorScorer};
