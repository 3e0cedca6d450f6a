//! The two encodings of a set: sums over the tokens of a query, means over those of a document.

use super::partition::{bits_of_partition, nearest_tokens, partition_of_bits};
use super::{FdeEncoder, FdeError, FdeScratch};
use pleiad_kernels::{TILE, TokenTiles};
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

    /// Lets `encode` write the long encoding (which starts as zeros) and brings it to `out`, through the final
    /// projection if there is one.
    ///
    /// # Errors
    /// [`FdeError::OutputLength`] for a wrong `out`, [`FdeError::Overflow`] when a sum left the range of `f32`.
    fn project_final(
        &self,
        scratch: &mut FdeScratch,
        out: &mut [f32],
        encode: impl FnOnce(&mut FdeScratch, &mut [f32]),
    ) -> Result<(), FdeError> {
        if out.len() != self.fde_dim {
            return Err(FdeError::OutputLength { expected: self.fde_dim, found: out.len() });
        }
        out.fill(0.0);
        match &self.matrices.last {
            None => encode(scratch, out),
            Some(sketch) => {
                let mut long = std::mem::take(&mut scratch.long);
                long.clear();
                long.resize(sketch.num_inputs(), 0.0);
                encode(scratch, &mut long);
                sketch.add_to(&long, out);
                scratch.long = long;
            }
        }
        match out.iter().position(|v| !v.is_finite()) {
            Some(position) => Err(FdeError::Overflow { position }),
            None => Ok(()),
        }
    }

    /// Values of all blocks of one repetition.
    fn repetition_dim(&self) -> usize {
        self.params.num_partitions() * self.params.block_dim(self.dim)
    }

    /// Lays the tokens out in tiles and hashes them: sign bits for all repetitions into `scratch.codes`. A product
    /// of zero gives 0, so a zero vector falls into partition 0.
    ///
    /// Cost: `num_tokens · repetitions · k` inner products of `dim`.
    pub(super) fn prepare(&self, tokens: MultiVectorRef<'_>, scratch: &mut FdeScratch) {
        let FdeScratch { codes, tiles, .. } = scratch;
        tiles.fill(tokens.data(), self.dim);
        codes.clear();
        codes.resize(tokens.num_tokens() * self.params.repetitions as usize, 0);
        let num_hashed = tokens.num_tokens() * self.hash.num_codes();
        self.hash.codes(self.isa, tiles, &mut codes[..num_hashed]);
    }

    /// The tokens' values for one repetition: row `t` is what token `t` adds to its block, in `block_dim` values.
    fn values<'s>(
        &self,
        repetition: usize,
        tokens: MultiVectorRef<'s>,
        tiles: &TokenTiles,
        values: &'s mut Vec<f32>,
    ) -> &'s [f32] {
        let Some(sketch) = self.sketches.get(repetition) else {
            return tokens.data();
        };
        values.resize(tiles.num_tiles() * TILE * sketch.num_columns(), 0.0);
        sketch.project(self.isa, tiles, values);
        values
    }

    /// Adds every token's value to its block of one repetition and counts the tokens of each block. `blocks` are
    /// that repetition's, all zero. Returns the tokens' values for whoever fills the empty ones.
    fn add_tokens<'s>(
        &self,
        repetition: usize,
        tokens: MultiVectorRef<'s>,
        scratch: &'s mut FdeScratch,
        blocks: &mut [f32],
    ) -> Aggregated<'s> {
        let num_tokens = tokens.num_tokens();
        let FdeScratch { codes, tiles, values, counts, nearest, .. } = scratch;
        let codes = &codes[repetition * num_tokens..][..num_tokens];
        let values = self.values(repetition, tokens, tiles, values);
        let block_dim = self.params.block_dim(self.dim);
        counts.clear();
        counts.resize(self.params.num_partitions(), 0);
        for (&bits, value) in codes.iter().zip(values.chunks_exact(block_dim)) {
            let partition = partition_of_bits(bits) as usize;
            counts[partition] += 1;
            let block = &mut blocks[partition * block_dim..][..block_dim];
            add(block, value);
        }
        Aggregated { block_dim, codes, values, counts, nearest }
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

/// State of one repetition after its blocks were summed.
struct Aggregated<'s> {
    block_dim: usize,
    /// Sign bits of each token.
    codes: &'s [u32],
    /// Each token's value.
    values: &'s [f32],
    /// Tokens in each partition.
    counts: &'s [u32],
    /// For [`super::nearest_tokens`].
    nearest: &'s mut Vec<u32>,
}

/// Adds `value` to `sum`, eight values at a time: blocks are short, and a loop of unknown length costs more to enter
/// than they take.
fn add(sum: &mut [f32], value: &[f32]) {
    let (sums, sum_rest) = sum.as_chunks_mut::<8>();
    let (values, value_rest) = value.as_chunks::<8>();
    for (sum, value) in sums.iter_mut().zip(values) {
        sum.iter_mut().zip(value).for_each(|(s, v)| *s += v);
    }
    sum_rest.iter_mut().zip(value_rest).for_each(|(s, v)| *s += v);
}
