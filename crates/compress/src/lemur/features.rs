use super::layer::{Layer, PackedLayer};
use super::products::{Packed, transposed};
use super::train::train;
use super::{LemurError, LemurForm, LemurParams};
use crate::kmeans::Spread;
use pleiad_kernels::Isa;
use pleiad_vectors::{MultiVectorRef, Seed};
use std::fmt;

// Labels of the stream: stored encodings depend on them.
const VERSION_1: u64 = 0x4c45_4d55_0000_0001; // "LEMU", 1
const DIRECTIONS: u64 = 1;

/// The features of tokens: all that a query needs.
#[derive(Clone)]
pub struct LemurFeatures {
    dim: usize,
    num_features: usize,
    isa: Isa,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// Directions, row-major `[num_features, dim]`.
    HalfPlanes(Vec<f32>),
    Trained(Box<PackedLayer>),
}

impl LemurFeatures {
    /// Draws half-planes: nothing is learned, the seed decides. Cost: a random number per feature and dimension, and as
    /// much memory.
    ///
    /// # Errors
    /// [`LemurError::Parameter`] when one is out of range.
    pub fn half_planes(dim: usize, params: &LemurParams) -> Result<Self, LemurError> {
        params.check(dim)?;
        let mut generator = Seed(params.seed).derive(VERSION_1).derive(DIRECTIONS).generator();
        let num_features = params.num_features as usize;
        let directions = (0..num_features * dim).map(|_| generator.gaussian()).collect();
        Ok(Self { dim, num_features, isa: Isa::best(), kind: Kind::HalfPlanes(directions) })
    }

    /// Those that parameters ask for, learned from documents if they have to be; `spread` lends threads.
    ///
    /// Cost: see [`LemurFeatures::half_planes`]; trained ones take up to 880 steps of 256 tokens through
    /// `3 · num_features · (512 + dim)` multiply-adds each, after MaxSim of up to 24,576 tokens with up to 512 documents,
    /// and memory for that result three times, 150 MB at the most.
    ///
    /// # Errors
    /// [`LemurError::Parameter`], or [`LemurError::NoTokens`].
    pub fn learn(
        params: &LemurParams,
        documents: &[MultiVectorRef<'_>],
        spread: Spread<'_>,
    ) -> Result<Self, LemurError> {
        let dim = documents.first().ok_or(LemurError::NoTokens)?.dim();
        match params.form {
            LemurForm::HalfPlanes => Self::half_planes(dim, params),
            LemurForm::Trained => {
                params.check(dim)?;
                let isa = Isa::best();
                Ok(Self::trained(train(params, documents, isa, spread)?, isa))
            }
        }
    }

    pub(super) fn trained(layer: Layer, isa: Isa) -> Self {
        let (dim, num_features) = (layer.dim, layer.num_features());
        Self { dim, num_features, isa, kind: Kind::Trained(Box::new(layer.packed(isa))) }
    }

    /// Returns the trained layer, if there is one.
    pub(super) fn layer(&self) -> Option<&Layer> {
        match &self.kind {
            Kind::HalfPlanes(_) => None,
            Kind::Trained(packed) => Some(&packed.layer),
        }
    }

    /// Values per token vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Values per encoding.
    pub fn num_features(&self) -> usize {
        self.num_features
    }

    pub(super) fn isa(&self) -> Isa {
        self.isa
    }

    /// Features of tokens, feature after feature: `out` becomes `[num_features, num_tokens]`.
    /// Cost: `num_features · dim` multiply-adds a token.
    pub(super) fn of(&self, tokens: &[f32], out: &mut Vec<f32>) {
        match &self.kind {
            Kind::HalfPlanes(directions) => {
                out.clear();
                out.resize(self.num_features * tokens.len() / self.dim, 0.0);
                Packed::new(self.isa, tokens, self.dim).products(directions, self.dim, out);
                out.iter_mut().for_each(|v| *v = v.max(0.0));
            }
            Kind::Trained(packed) => *out = transposed(&packed.features(tokens), self.num_features),
        }
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
        let form = match self.kind {
            Kind::HalfPlanes(_) => "half-planes",
            Kind::Trained(_) => "trained",
        };
        write!(f, "LemurFeatures({} {form} of {} dims)", self.num_features, self.dim)
    }
}
