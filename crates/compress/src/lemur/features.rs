use super::products::Packed;
use super::{LemurError, LemurParams};
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVectorRef, Seed};
use std::fmt;

// Labels of the stream: stored encodings depend on them.
const VERSION_1: u64 = 0x4c45_4d55_0000_0001; // "LEMU", 1
const DIRECTIONS: u64 = 1;

/// The features of tokens: all that a query needs. Nothing is learnt here, the seed decides.
#[derive(Clone)]
pub struct LemurFeatures {
    dim: usize,
    isa: Isa,
    /// Row-major `[num_features, dim]`.
    directions: Vec<f32>,
}

impl LemurFeatures {
    /// Draws the directions. Cost: a random number per feature and dimension, and as much memory.
    ///
    /// # Errors
    /// [`LemurError::Parameter`] when one is out of range.
    pub fn new(dim: usize, params: &LemurParams) -> Result<Self, LemurError> {
        params.check(dim)?;
        let mut generator = Seed(params.seed).derive(VERSION_1).derive(DIRECTIONS).generator();
        let directions = (0..params.num_features as usize * dim).map(|_| generator.gaussian()).collect();
        Ok(Self { dim, isa: Isa::best(), directions })
    }

    /// Values per token vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Values per encoding.
    pub fn num_features(&self) -> usize {
        self.directions.len() / self.dim
    }

    pub(super) fn isa(&self) -> Isa {
        self.isa
    }

    /// Features of tokens, feature after feature: `out` becomes `[num_features, num_tokens]`.
    /// Cost: `num_features · dim` multiply-adds a token.
    pub(super) fn of(&self, tokens: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.resize(self.num_features() * tokens.len() / self.dim, 0.0);
        Packed::new(self.isa, tokens, self.dim).products(&self.directions, self.dim, out);
        out.iter_mut().for_each(|v| *v = v.max(0.0));
    }

    pub(super) fn check_dim(&self, tokens: MultiVectorRef<'_>) -> Result<(), LemurError> {
        if tokens.dim() == self.dim {
            Ok(())
        } else {
            Err(LemurError::Dimension { expected: self.dim, found: tokens.dim() })
        }
    }
}

/// A place for `expected` values.
///
/// # Errors
/// [`LemurError::OutputLength`] when it is not.
pub(super) fn check_length(out: &[f32], expected: usize) -> Result<(), LemurError> {
    if out.len() == expected { Ok(()) } else { Err(LemurError::OutputLength { expected, found: out.len() }) }
}

/// # Errors
/// [`LemurError::Overflow`] for the first value that is not finite.
pub(super) fn check_finite(out: &[f32]) -> Result<(), LemurError> {
    match out.iter().position(|v| !v.is_finite()) {
        Some(position) => Err(LemurError::Overflow { position }),
        None => Ok(()),
    }
}

impl fmt::Debug for LemurFeatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LemurFeatures({} of {} dims)", self.num_features(), self.dim)
    }
}
