use super::partition::partition_of_bits;
use super::{FdeError, FdeMatrices, FdeParams};
use crate::SetEncoder;
use pleiad_kernels::{Isa, SimHash, TileSketch, TokenTiles};
use pleiad_vectors::MultiVectorRef;

/// Turns sets of vectors of one dimension into single vectors.
///
/// Encodings are comparable only between encoders with equal dimension, parameters and matrices. The same tokens
/// give the same bits on every machine and instruction set: sums run in a fixed order, without fused operations.
#[derive(Debug, Clone)]
pub struct FdeEncoder {
    pub(super) dim: usize,
    pub(super) params: FdeParams,
    pub(super) fde_dim: usize,
    pub(super) matrices: FdeMatrices,
    pub(super) isa: Isa,
    pub(super) hash: SimHash,
    pub(super) sketches: Vec<TileSketch>,
}

/// Memory that encodings reuse: with it, encoding allocates only for the largest set seen so far.
#[derive(Debug, Clone, Default)]
pub struct FdeScratch {
    /// Sign bits, `[repetitions, num_tokens]`.
    pub(super) codes: Vec<u32>,
    pub(super) tiles: TokenTiles,
    /// Projected tokens of one repetition, `[num_tokens rounded up to TILE, block_dim]`.
    pub(super) values: Vec<f32>,
    /// Tokens in each partition of one repetition.
    pub(super) counts: Vec<u32>,
    /// The nearest token of each pattern of sign bits.
    pub(super) nearest: Vec<u32>,
    /// The encoding before the final projection.
    pub(super) long: Vec<f32>,
}

impl FdeEncoder {
    /// Draws the matrices that the parameters decide; encodes with the fastest instructions of this machine.
    ///
    /// Cost: one random number per value of [`FdeMatrices::generate`], and as much memory.
    ///
    /// # Errors
    /// As [`FdeParams::fde_dim`]: the parameter out of range, its value and its range.
    pub fn new(dim: usize, params: FdeParams) -> Result<Self, FdeError> {
        let matrices = FdeMatrices::generate(dim, &params)?;
        Ok(Self::from_checked(dim, params, matrices))
    }

    /// An encoder with matrices from elsewhere: stored ones, or a reference's. The seed and generator in `params`
    /// then say nothing.
    ///
    /// # Errors
    /// As [`FdeEncoder::new`], and [`FdeError::Shape`] or [`FdeError::Value`] for matrices that do not fit.
    pub fn with_matrices(dim: usize, params: FdeParams, matrices: FdeMatrices) -> Result<Self, FdeError> {
        params.fde_dim(dim)?;
        matrices.check(dim, &params)?;
        Ok(Self::from_checked(dim, params, matrices))
    }

    pub(super) fn from_checked(dim: usize, params: FdeParams, matrices: FdeMatrices) -> Self {
        let unprojected = params.unprojected_dim(dim);
        let fde_dim = params.final_projection_dim.map_or(unprojected, |f| f as usize);
        let sketches = matrices
            .inner
            .iter()
            .map(|sketch| TileSketch::new(sketch.num_columns(), sketch.entries()))
            .collect();
        // Without hyperplanes there are no codes, of any length.
        let num_bits = params.simhash_projections.max(1) as usize;
        let hash = SimHash::new(&matrices.hyperplanes, dim, num_bits);
        Self { dim, params, fde_dim, matrices, isa: Isa::best(), hash, sketches }
    }

    /// The same encoder on a given instruction set: the same bits, at another speed.
    #[must_use]
    pub fn with_isa(self, isa: Isa) -> Self {
        Self { isa, ..self }
    }

    /// Values per token vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Values per encoding.
    pub fn fde_dim(&self) -> usize {
        self.fde_dim
    }

    /// Returns the parameters of the encoder.
    pub fn params(&self) -> &FdeParams {
        &self.params
    }

    /// The random matrices, for storing them or giving them to [`FdeEncoder::with_matrices`].
    pub fn matrices(&self) -> &FdeMatrices {
        &self.matrices
    }

    /// The partition of each token in each repetition, `[repetitions][num_tokens]`.
    ///
    /// # Errors
    /// [`FdeError::Dimension`] for a set of another dimension.
    pub fn partitions(&self, tokens: MultiVectorRef<'_>) -> Result<Vec<Vec<u32>>, FdeError> {
        let mut scratch = FdeScratch::default();
        self.check_dim(tokens)?;
        self.prepare(tokens, &mut scratch);
        let num_tokens = tokens.num_tokens();
        let of = |r: usize| scratch.codes[r * num_tokens..][..num_tokens].iter();
        let partitions = |r| of(r).map(|&bits| partition_of_bits(bits)).collect();
        Ok((0..self.params.repetitions as usize).map(partitions).collect())
    }

    pub(super) fn check_dim(&self, tokens: MultiVectorRef<'_>) -> Result<(), FdeError> {
        if tokens.dim() == self.dim {
            Ok(())
        } else {
            Err(FdeError::Dimension { expected: self.dim, found: tokens.dim() })
        }
    }
}

impl SetEncoder for FdeEncoder {
    type Scratch = FdeScratch;
    type Error = FdeError;

    fn dim(&self) -> usize {
        self.dim
    }

    fn encoding_dim(&self) -> usize {
        self.fde_dim
    }

    fn encode_query_into(
        &self,
        tokens: MultiVectorRef<'_>,
        scratch: &mut FdeScratch,
        out: &mut [f32],
    ) -> Result<(), FdeError> {
        self.encode_query_into(tokens, scratch, out)
    }

    fn encode_documents_into(
        &self,
        documents: &[MultiVectorRef<'_>],
        scratch: &mut FdeScratch,
        out: &mut [f32],
    ) -> Result<(), FdeError> {
        let expected = documents.len() * self.fde_dim;
        if out.len() != expected {
            return Err(FdeError::OutputLength { expected, found: out.len() });
        }
        // An encoding without values is legal, pieces of no length are not.
        let outs =
            out.chunks_exact_mut(self.fde_dim.max(1)).chain(std::iter::repeat_with(<&mut [f32]>::default));
        documents
            .iter()
            .zip(outs)
            .try_for_each(|(document, out)| self.encode_document_into(*document, scratch, out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fde::FdeGenerator;
    use pleiad_vectors::{MultiVector, Seed};

    #[test]
    fn a_batch_gives_what_one_by_one_gives() {
        let params = FdeParams {
            repetitions: 2,
            simhash_projections: 2,
            projection_dim: Some(3),
            final_projection_dim: None,
            fill_empty_partitions: true,
            seed: 3,
            generator: FdeGenerator::Portable,
        };
        let mut g = Seed(2).generator();
        let mut set = |num: usize| MultiVector::new((0..num * 5).map(|_| g.gaussian()).collect(), 5).unwrap();
        let sets = [set(4), set(1), set(9)];
        let documents: Vec<MultiVectorRef<'_>> = sets.iter().map(MultiVector::as_ref).collect();
        for repetitions in [0, 2] {
            let encoder = FdeEncoder::new(5, FdeParams { repetitions, ..params.clone() }).unwrap();
            let mut out = vec![0.0; 3 * encoder.encoding_dim()];
            encoder.encode_documents_into(&documents, &mut FdeScratch::default(), &mut out).unwrap();
            let single = |d: &MultiVectorRef<'_>| encoder.encode_document(*d).unwrap();
            assert_eq!(out, documents.iter().flat_map(single).collect::<Vec<_>>());
            let mut long = vec![0.0; out.len() + 1];
            let refused = encoder.encode_documents_into(&documents, &mut FdeScratch::default(), &mut long);
            assert!(matches!(refused, Err(FdeError::OutputLength { .. })));
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let mut g = Seed(11).generator();
        for (k, projection_dim) in [(0, Some(3)), (1, None), (3, Some(5)), (4, Some(16)), (5, Some(40))] {
            let params = FdeParams {
                repetitions: 7,
                simhash_projections: k,
                projection_dim,
                final_projection_dim: None,
                fill_empty_partitions: true,
                seed: 3,
                generator: FdeGenerator::Portable,
            };
            let plain = FdeEncoder::new(37, params).unwrap().with_isa(Isa::Reference);
            for num_tokens in [1, 15, 16, 64, 77] {
                let values = (0..num_tokens * 37).map(|_| g.gaussian()).collect();
                let tokens = MultiVector::new(values, 37).unwrap();
                let expected = plain.encode_document(tokens.as_ref()).unwrap();
                for isa in Isa::available() {
                    let found = plain.clone().with_isa(isa).encode_document(tokens.as_ref()).unwrap();
                    let same = found.iter().zip(&expected).all(|(f, e)| f.to_bits() == e.to_bits());
                    assert!(same, "{isa}, {num_tokens} tokens, {k} hyperplanes");
                }
            }
        }
    }
}
