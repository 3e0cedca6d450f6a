//! Functions of whole rows between two products: activations, normalization, softmax, quantization.
//!
//! The loops are plain Rust over slices, compiled once per instruction set. Sums run in lanes that are added up in a fixed
//! order. But for softmax and the coarse activation no product is fused with an addition, so that a row gives the same
//! bits on every set.

#![allow(unsafe_code)]

mod approximate;
mod norm;
mod quantized;
mod softmax;
mod vectorized;

pub(crate) use approximate::{exact_gelu, gelu, tanh};
pub use norm::{add_layer_norm, layer_norm, unit_rows};
pub(crate) use quantized::{quantize, quantize_columns, quantize_gelu};
pub use softmax::gated_gelu;
pub(crate) use softmax::{softmax_codes, softmax_unscaled};
