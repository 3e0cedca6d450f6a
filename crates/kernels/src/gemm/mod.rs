//! Matrix products with a right-hand side that is packed once: the layers of a neural network.
//!
//! A right-hand side is cut into panels of two vectors of outputs; a tile of rows meets one panel at a time with all
//! its sums in registers (Goto and van de Geijn, *Anatomy of High-Performance Matrix Multiplication*, ACM TOMS 34(3),
//! 2008, §5). Each output is the sum over the inputs *in order*, so a row gives the same bits whatever rows stand
//! beside it.

#![allow(unsafe_code)]

mod activation;
mod attention;
mod byte;
mod byte_attention;
mod byte_rows;
mod float;
mod matrix;
mod panel;

pub use activation::Activation;
pub use attention::{AttentionRule, HeadAttention};
pub use byte::BytePanels;
pub use byte_attention::ByteHeadAttention;
pub use byte_rows::{ByteRows, MAX_PRODUCT_INPUTS};
pub use float::FloatPanels;
pub use matrix::{Matrix, MatrixMut};
