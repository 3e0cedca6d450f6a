use super::features::{check_finite, check_length};
use super::{LemurError, LemurFeatures};
use pleiad_vectors::MultiVectorRef;

impl LemurFeatures {
    /// Encodes the asking side: the sum of its tokens' features. An empty query gives zeros.
    ///
    /// `scratch` is memory to reuse; `out` must have [`LemurFeatures::num_features`] values.
    /// Cost: `num_tokens · num_features · dim` multiply-adds.
    ///
    /// # Errors
    /// [`LemurError::Dimension`], [`LemurError::OutputLength`], or [`LemurError::Overflow`].
    pub fn encode_query_into(
        &self,
        tokens: MultiVectorRef<'_>,
        scratch: &mut Vec<f32>,
        out: &mut [f32],
    ) -> Result<(), LemurError> {
        self.check_dim(tokens)?;
        check_length(out, self.num_features())?;
        out.fill(0.0);
        if tokens.is_empty() {
            return Ok(());
        }
        self.of(tokens.data(), scratch);
        for (sum, features) in out.iter_mut().zip(scratch.chunks_exact(tokens.num_tokens())) {
            *sum = features.iter().sum();
        }
        check_finite(out)
    }
}
