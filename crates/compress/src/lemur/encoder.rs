use super::products::Packed;
use super::solve::inverse_moment;
use super::{LemurError, LemurFeatures, LemurParams, LemurSample};
use crate::SetEncoder;
use crate::kmeans::Spread;
use pleiad_vectors::MultiVectorRef;
use std::fmt;

/// Turns sets of vectors of one dimension into single vectors, documents too.
///
/// Encodings depend on the parameters and the sample. They are not to the bit those of another processor, which rounds
/// sums in another order: differences are those of `f32` arithmetic.
pub struct LemurEncoder {
    features: LemurFeatures,
    pub(super) sample: LemurSample,
    /// The sampled tokens as the asking side of MaxSim.
    pub(super) tokens: Packed,
    /// Their features, `[num_features, num_samples]`.
    pub(super) fitted: Vec<f32>,
    /// `(ΦΦᵀ + ridge)⁻¹`, `[num_features, num_features]`.
    pub(super) inverse: Vec<f32>,
}

/// Memory that encodings reuse.
#[derive(Debug, Clone, Default)]
pub struct LemurScratch {
    /// Features of a query.
    pub(super) features: Vec<f32>,
    /// MaxSim of each sampled token with a batch's documents, `[documents, num_samples]`.
    pub(super) targets: Vec<f32>,
    /// `Φ g`, `[num_features, documents]`.
    pub(super) moments: Vec<f32>,
    /// Weights, `[num_features, documents]`.
    pub(super) weights: Vec<f32>,
}

impl LemurEncoder {
    /// Prepares to fit documents on a sample, by features of tokens of its dimension.
    ///
    /// Cost: `num_features^2 · (num_samples + num_features)` multiply-adds and
    /// `4 · num_features · (num_samples + num_features)` bytes of memory.
    ///
    /// # Errors
    /// [`LemurError::Dimension`], or [`LemurError::Degenerate`] for a sample that says nothing.
    pub fn new(features: LemurFeatures, sample: LemurSample) -> Result<Self, LemurError> {
        if features.dim() != sample.dim {
            return Err(LemurError::Dimension { expected: features.dim(), found: sample.dim });
        }
        let mut fitted = Vec::new();
        features.of(&sample.tokens, &mut fitted);
        let inverse = inverse_moment(features.isa(), &fitted, sample.num_samples())?;
        let tokens = Packed::new(features.isa(), &sample.tokens, sample.dim);
        Ok(Self { features, sample, tokens, fitted, inverse })
    }

    /// Draws a sample from documents, learns features if the parameters ask for it, and prepares to fit documents.
    ///
    /// # Errors
    /// As [`LemurSample::draw`], [`LemurFeatures::learn`] and [`LemurEncoder::new`].
    pub fn learn(
        params: &LemurParams,
        documents: &[MultiVectorRef<'_>],
        spread: Spread<'_>,
    ) -> Result<Self, LemurError> {
        let sample = LemurSample::draw(params, documents)?;
        Self::new(LemurFeatures::learn(params, documents, spread)?, sample)
    }

    /// Returns the feature map, which is all that a query needs.
    pub fn features(&self) -> &LemurFeatures {
        &self.features
    }

    /// Returns the sample that documents are fitted on.
    pub fn sample(&self) -> &LemurSample {
        &self.sample
    }
}

impl SetEncoder for LemurEncoder {
    type Scratch = LemurScratch;
    type Error = LemurError;

    fn dim(&self) -> usize {
        self.features.dim()
    }

    fn encoding_dim(&self) -> usize {
        self.features.num_features()
    }

    fn encode_query_into(
        &self,
        tokens: MultiVectorRef<'_>,
        scratch: &mut LemurScratch,
        out: &mut [f32],
    ) -> Result<(), LemurError> {
        self.features.encode_query_into(tokens, &mut scratch.features, out)
    }

    fn encode_documents_into(
        &self,
        documents: &[MultiVectorRef<'_>],
        scratch: &mut LemurScratch,
        out: &mut [f32],
    ) -> Result<(), LemurError> {
        self.encode_documents(documents, scratch, out)
    }
}

impl fmt::Debug for LemurEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LemurEncoder({:?}, {} samples)", self.features, self.sample.num_samples())
    }
}
