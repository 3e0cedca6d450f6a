//! Sets as single vectors by regression: LEMUR (arXiv 2601.21853), trained or not.
//!
//! What a query token `x` adds to the MaxSim of a document is a function of `x` alone, `g(x) = max over its tokens
//! p of <x, p>`. LEMUR writes it as a weighted sum of features that all documents share, `g(x) ≈ <φ(x), w>`: then the
//! score of a query is `<Σ φ(x), w>`, an inner product. A document's weights `w` are those of least squares on a sample of
//! tokens, which is chosen once and kept. The features are one of two:
//!
//! * random half-planes (an *extreme learning machine*): `φ_j(x) = max(0, <r_j, x>)` for normal `r_j` drawn from a seed;
//! * a layer trained on some documents: `φ(x) = |x| max(0, LN(W x/|x| + bias) · scale + shift)`, with which a sum over
//!   features tells best what tokens score on those. It needs half of the features for as good candidates.
//!
//! ```text
//! seed ─► r ──────────┐
//! documents ─► layer ─┴► φ ──────────────────────► query:    Σ φ(x)
//! sample ─► features Φ, and (ΦΦᵀ + ridge)⁻¹ ─────► document: w = (ΦΦᵀ + ridge)⁻¹ Φ (g − mean g)
//! ```
//!
//! Where this differs from the publication, each measured in `docs/experiments/lemur.md`: half-planes in place of GELU
//! (untrained without normalization: as good, and a token twice as long counts twice, as in MaxSim; trained on
//! directions, with the same effect), a ridge
//! instead of a pseudo-inverse, and what a token scores on the average document is taken away first: the same number
//! for all documents, so no ranking changes, and what remains fits into four bits.

mod encode;
mod encoder;
mod error;
mod features;
mod layer;
mod params;
mod products;
mod sample;
mod solve;
mod stored;
mod train;

#[cfg(test)]
mod tests;

pub use encoder::{LemurEncoder, LemurScratch};
pub use error::LemurError;
pub use features::LemurFeatures;
pub use params::{LemurForm, LemurParams, MAX_FEATURES, MAX_SAMPLES};
pub use sample::LemurSample;
