use crate::rows;

/// Function applied to an output before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// `x·Φ(x)` with the exact normal distribution (Hendrycks and Gimpel, arXiv 1606.08415).
    Gelu,
    /// `max(x, 0)`.
    Relu,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    #[inline(always)]
    pub(super) fn apply(self, values: &mut [f32]) {
        match self {
            Self::Identity => {}
            Self::Gelu => values.iter_mut().for_each(|value| *value = rows::gelu(*value)),
            Self::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
            Self::Tanh => values.iter_mut().for_each(|value| *value = rows::tanh(*value)),
        }
    }

    /// The definition, for the reference.
    pub(super) fn exact(self, value: f32) -> f32 {
        match self {
            Self::Identity => value,
            Self::Gelu => rows::exact_gelu(value),
            Self::Relu => value.max(0.0),
            Self::Tanh => f64::from(value).tanh() as f32,
        }
    }
}
