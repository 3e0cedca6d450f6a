//! Queries packed once for one instruction set, one file per kind of document.

#![allow(unsafe_code)]

mod centroid;
mod codes;
mod float;
mod groups;
mod packed;
mod quantized;

pub use centroid::CentroidPanel;
pub use float::{QueryPanel, Rows};
pub(crate) use groups::Line;
pub use packed::PackedPanel;
pub use quantized::QuantizedPanel;
