//! Matrix products with a right-hand side that is packed once: the layers of a neural network.
//!
//! A right-hand side is cut into panels of two vectors of outputs; a tile of rows meets one panel at a time with all
//! its sums in registers (Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, ACM TOMS 34(3),
//! 2008, §5). Each output is the sum over the inputs *in order*, so a row gives the same bits whatever rows stand
//! beside it.

#![allow(unsafe_code)]

mod attention;
mod byte;
mod byte_attention;
mod byte_rows;
mod float;
mod matrix;
mod panel;

pub use attention::{AttentionRule, HeadAttention};
pub use byte::BytePanels;
pub use byte_attention::ByteHeadAttention;
pub use byte_rows::{ByteRows, MAX_PRODUCT_INPUTS};
pub use float::FloatPanels;
pub use matrix::{Matrix, MatrixMut};

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
    fn apply(self, values: &mut [f32]) {
        match self {
            Self::Identity => {}
            Self::Gelu => values.iter_mut().for_each(|value| *value = rows::gelu(*value)),
            Self::Relu => values.iter_mut().for_each(|value| *value = value.max(0.0)),
            Self::Tanh => values.iter_mut().for_each(|value| *value = rows::tanh(*value)),
        }
    }

    /// The definition, for the reference.
    fn exact(self, value: f32) -> f32 {
        match self {
            Self::Identity => value,
            Self::Gelu => rows::exact_gelu(value),
            Self::Relu => value.max(0.0),
            Self::Tanh => f64::from(value).tanh() as f32,
        }
    }
}
