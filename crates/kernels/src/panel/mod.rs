//! Queries packed once for one instruction set, one file per kind of document.

#![allow(unsafe_code)]

mod bf16;
mod centroid;
mod codes;
mod float;
mod groups;
mod packed;
#[cfg(target_arch = "x86_64")]
mod pairs;
mod quantized;
mod sign;

pub use bf16::Bf16Panel;
pub use centroid::CentroidPanel;
pub use float::{QueryPanel, Rows};
pub(crate) use groups::Line;
pub use packed::PackedPanel;
pub use quantized::QuantizedPanel;
pub use sign::SignPanel;
