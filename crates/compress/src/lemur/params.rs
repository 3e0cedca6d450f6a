use super::LemurError;
use pleiad_vectors::MAX_DIM;

/// Most features.
pub const MAX_FEATURES: u32 = 1 << 13;

/// Most sampled tokens.
pub const MAX_SAMPLES: u32 = 1 << 17;

/// Origin of the features of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LemurForm {
    /// Random half-planes: nothing is trained.
    HalfPlanes,
    /// A layer trained to tell what tokens score: candidates as good from half of the bytes, for some CPU seconds once.
    Trained,
}

/// Parameters of the encoding of sets as vectors. Both sides of a comparison need equal parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LemurParams {
    /// Values of an encoding, up to [`MAX_FEATURES`].
    pub num_features: u32,
    /// Tokens on which documents are fitted, up to [`MAX_SAMPLES`]. Fewer than a few per feature fit their noise; eight
    /// were worth it, sixteen hardly more. A document's cost grows with them.
    pub num_samples: u32,
    /// Form of the features.
    pub form: LemurForm,
    /// Decides the features or where their training starts, and which tokens are sampled.
    pub seed: u64,
}

impl LemurParams {
    /// Trained features, and eight sampled tokens for each.
    pub fn new(num_features: u32, seed: u64) -> Self {
        let num_samples = num_features.saturating_mul(8);
        Self { num_features, num_samples, form: LemurForm::Trained, seed }
    }

    /// The same with random half-planes.
    pub fn half_planes(num_features: u32, seed: u64) -> Self {
        Self { form: LemurForm::HalfPlanes, ..Self::new(num_features, seed) }
    }

    /// Checks that tokens of `dim` values can be encoded with these parameters.
    ///
    /// # Errors
    /// [`LemurError::Parameter`] names the first that is out of range.
    pub fn check(&self, dim: usize) -> Result<(), LemurError> {
        let within = |parameter, value: u64, max: u64| match value {
            1.. if value <= max => Ok(()),
            _ => Err(LemurError::Parameter { parameter, value, max }),
        };
        within("dim", dim as u64, MAX_DIM as u64)?;
        within("num_features", self.num_features.into(), MAX_FEATURES.into())?;
        within("num_samples", self.num_samples.into(), MAX_SAMPLES.into())
    }
}
