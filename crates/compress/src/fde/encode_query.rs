use super::{FdeEncoder, FdeError, FdeScratch};
use pleiad_vectors::MultiVectorRef;

impl FdeEncoder {
    /// Encodes the asking side: each block is the sum of its tokens. An empty query gives zeros.
    ///
    /// `fill_empty_partitions` never applies here. (The reference refuses a query's configuration that sets it; our
    /// parameters serve both sides, so it is the document's alone.)
    ///
    /// # Errors
    /// [`FdeError::Dimension`], or [`FdeError::Overflow`] for tokens whose sum is no longer finite.
    pub fn encode_query(&self, tokens: MultiVectorRef<'_>) -> Result<Vec<f32>, FdeError> {
        let mut out = vec![0.0; self.fde_dim];
        self.encode_query_into(tokens, &mut FdeScratch::default(), &mut out)?;
        Ok(out)
    }

    /// The same into `out`, which must have [`FdeEncoder::fde_dim`] values, without allocating.
    ///
    /// Cost: `num_tokens · repetitions · dim` additions and `k` times as many multiplications, and one pass over the
    /// encoding.
    ///
    /// # Errors
    /// As [`FdeEncoder::encode_query`], and [`FdeError::OutputLength`]. `out` is then unspecified.
    pub fn encode_query_into(
        &self,
        tokens: MultiVectorRef<'_>,
        scratch: &mut FdeScratch,
        out: &mut [f32],
    ) -> Result<(), FdeError> {
        self.check_dim(tokens)?;
        self.project_final(scratch, out, |scratch, long| {
            self.prepare(tokens, scratch);
            for (repetition, blocks) in long.chunks_exact_mut(self.repetition_dim()).enumerate() {
                self.add_tokens(repetition, tokens, scratch, blocks);
            }
        })
    }
}
