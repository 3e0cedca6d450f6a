use super::products::Packed;
use super::{LemurError, LemurParams};
use pleiad_kernels::{Isa, f16_bits_to_f32, f32_to_f16_bits};
use pleiad_vectors::{Generator, MultiVectorRef, Seed};

// Labels of the streams.
const VERSION_1: u64 = 0x4c45_4d55_0001_0001; // "LEMU", sample, 1

/// Most documents whose scores make the mean: their share of the cost of a fit stays small.
const MAX_AVERAGED: usize = 512;

/// Training result: tokens to fit documents on, and their mean score over documents.
///
/// Everything else follows from the parameters. Documents that were encoded with one sample are comparable with each
/// other, not with those of another.
#[derive(Debug, Clone, PartialEq)]
pub struct LemurSample {
    pub(super) dim: usize,
    /// Row-major `[num_samples, dim]`, values of half precision.
    pub(super) tokens: Vec<f32>,
    /// `[num_samples]`.
    pub(super) mean_maxima: Vec<f32>,
}

impl LemurSample {
    /// Draws tokens evenly from all documents, with repetition only if there are fewer than asked for.
    ///
    /// Cost: MaxSim of the sample with up to 512 of the documents.
    ///
    /// # Errors
    /// [`LemurError::NoTokens`], [`LemurError::Dimension`] for documents that differ, [`LemurError::Parameter`], or
    /// [`LemurError::Overflow`] for values beyond half precision.
    pub fn draw(params: &LemurParams, documents: &[MultiVectorRef<'_>]) -> Result<Self, LemurError> {
        let first = documents.first().ok_or(LemurError::NoTokens)?;
        let dim = first.dim();
        params.check(dim)?;
        if let Some(other) = documents.iter().find(|document| document.dim() != dim) {
            return Err(LemurError::Dimension { expected: dim, found: other.dim() });
        }
        let mut generator = Seed(params.seed).derive(VERSION_1).generator();
        let tokens = halves(&drawn(&mut generator, params.num_samples as usize, documents)?)?;
        let packed = Packed::new(Isa::best(), &tokens, dim);
        let averaged = documents.iter().filter(|document| !document.is_empty());
        let step = documents.len().div_ceil(MAX_AVERAGED);
        let (mut mean_maxima, mut maxima) = (vec![0.0f32; tokens.len() / dim], vec![0.0; tokens.len() / dim]);
        let mut num_averaged = 0.0f32;
        for document in averaged.step_by(step) {
            packed.maxima(document.data(), &mut maxima);
            mean_maxima.iter_mut().zip(&maxima).for_each(|(mean, maximum)| *mean += maximum);
            num_averaged += 1.0;
        }
        mean_maxima.iter_mut().for_each(|mean| *mean /= num_averaged);
        Ok(Self { dim, tokens, mean_maxima })
    }

    /// Values per token vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Sampled tokens.
    pub fn num_samples(&self) -> usize {
        self.mean_maxima.len()
    }
}

/// One row of each of `num` equal stretches: no stretch is missed, and no step can fall in with the lengths of the
/// documents.
///
/// # Errors
/// [`LemurError::NoTokens`].
pub(super) fn drawn(
    generator: &mut Generator,
    num: usize,
    documents: &[MultiVectorRef<'_>],
) -> Result<Vec<f32>, LemurError> {
    let rows: Vec<&[f32]> =
        documents.iter().flat_map(|document| document.data().chunks_exact(document.dim())).collect();
    if rows.is_empty() {
        return Err(LemurError::NoTokens);
    }
    let stretch = rows.len() as f64 / num as f64;
    let mut at = |sample: usize| ((sample as f64 + generator.uniform()) * stretch) as usize;
    Ok((0..num).flat_map(|sample| rows[at(sample).min(rows.len() - 1)]).copied().collect())
}

/// Largest value of half precision.
const MAX_HALF: f32 = 65_504.0;

/// Rounds to half precision, in which the tokens are kept.
fn halves(values: &[f32]) -> Result<Vec<f32>, LemurError> {
    match values.iter().position(|v| v.abs() > MAX_HALF) {
        Some(position) => Err(LemurError::Overflow { position }),
        None => Ok(values.iter().map(|&v| f16_bits_to_f32(f32_to_f16_bits(v))).collect()),
    }
}
