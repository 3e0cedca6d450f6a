//! Functions of whole rows between two products: activations, normalisation, softmax, quantisation.
//!
//! The loops are plain Rust over slices, compiled once per instruction set. No product is fused with an addition, and
//! sums run in sixteen lanes that are added up in a fixed order: a row gives the same bits on every set.

#![allow(unsafe_code)]

mod approximate;
mod norm;
mod quantized;
mod softmax;
mod vectorised;

pub(crate) use approximate::{exact_gelu, gelu, tanh};
pub use norm::{layer_norm, unit_rows};
pub(crate) use quantized::quantize;
pub use softmax::{gated_gelu, softmax_unscaled};
