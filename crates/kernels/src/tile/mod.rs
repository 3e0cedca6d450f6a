//! Products of a tile of document rows with a group of query tokens, one file per format of documents.

#![allow(unsafe_code)]

mod byte;
mod float;
mod packed;

pub(crate) use byte::{ByteLanes, U8Tile};
pub(crate) use float::{F32Tile, HalfTile};
pub(crate) use packed::{CentroidTile, PackedTile};
