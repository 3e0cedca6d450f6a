use super::encoder::Aggregated;
use super::{FdeEncoder, FdeError, FdeScratch, bits_of_partition, nearest_tokens};
use pleiad_vectors::MultiVectorRef;

impl FdeEncoder {
    /// Encodes the answering side: each block is the mean of its tokens; an empty one is the first nearest token's
    /// value with `fill_empty_partitions`, zeros without.
    ///
    /// A document without tokens gives zeros, as in the reference, when nothing is filled and there is more than one
    /// partition; where the reference divides by zero or reads out of bounds, it is an error.
    ///
    /// # Errors
    /// [`FdeError::EmptyDocument`], [`FdeError::Dimension`], or [`FdeError::Overflow`] for tokens whose sum is no
    /// longer finite.
    pub fn encode_document(&self, tokens: MultiVectorRef<'_>) -> Result<Vec<f32>, FdeError> {
        let mut out = vec![0.0; self.fde_dim];
        self.encode_document_into(tokens, &mut FdeScratch::default(), &mut out)?;
        Ok(out)
    }

    /// The same into `out`, which must have [`FdeEncoder::fde_dim`] values, without allocating.
    ///
    /// Cost: that of [`FdeEncoder::encode_query_into`], and `repetitions · k · 2^k` minima for the fill.
    ///
    /// # Errors
    /// As [`FdeEncoder::encode_document`], and [`FdeError::OutputLength`]. `out` is then unspecified.
    pub fn encode_document_into(
        &self,
        tokens: MultiVectorRef<'_>,
        scratch: &mut FdeScratch,
        out: &mut [f32],
    ) -> Result<(), FdeError> {
        self.check_dim(tokens)?;
        let num_bits = self.params.simhash_projections;
        let fill = self.params.fill_empty_partitions && num_bits > 0;
        if tokens.is_empty() && (fill || num_bits == 0) {
            return Err(FdeError::EmptyDocument);
        }
        self.project_final(scratch, out, |scratch, long| {
            self.prepare(tokens, scratch);
            for (repetition, blocks) in long.chunks_exact_mut(self.repetition_dim()).enumerate() {
                let parts = self.add_tokens(repetition, tokens, scratch, blocks);
                divide(&parts, blocks);
                if fill && parts.counts.contains(&0) {
                    fill_empty(parts, num_bits, blocks);
                }
            }
        })
    }
}

/// Sums become means.
fn divide(parts: &Aggregated<'_>, blocks: &mut [f32]) {
    for (block, &count) in blocks.chunks_exact_mut(parts.block_dim).zip(parts.counts) {
        if count > 1 {
            // A document has at most 2^16 tokens: the count is exact.
            block.iter_mut().for_each(|v| *v /= count as f32);
        }
    }
}

/// Empty blocks take the value of the first token whose signs differ least from theirs.
fn fill_empty(parts: Aggregated<'_>, num_bits: u32, blocks: &mut [f32]) {
    let Aggregated { block_dim, codes, values, counts, nearest } = parts;
    nearest_tokens(codes, num_bits, nearest);
    for (partition, block) in blocks.chunks_exact_mut(block_dim).enumerate() {
        if counts[partition] == 0 {
            let token = nearest[bits_of_partition(partition as u32) as usize] as usize;
            block.copy_from_slice(&values[token * block_dim..][..block_dim]);
        }
    }
}
