//! Queries packed once for one instruction set, one file per kind of document.

#![allow(unsafe_code)]

mod centroid;
mod float;
mod packed;
mod quantized;

pub use centroid::CentroidPanel;
pub use float::{QueryPanel, Rows};
pub use packed::PackedPanel;
pub use quantized::QuantizedPanel;

/// A cache line, so that no load of a vector touches two.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line<T>(pub(crate) T);

/// Number of rows in a slice of `len` items, which must be whole rows and at least one.
fn num_rows(len: usize, row_len: usize) -> usize {
    assert!(len > 0, "a document needs at least one token");
    assert!(len.is_multiple_of(row_len), "{len} items are not rows of {row_len}");
    let rows = len / row_len;
    assert!(u32::try_from(rows).is_ok(), "{rows} rows: more than 32 bits count");
    rows
}

/// Number of query tokens in a slice of whole rows, maybe none.
fn num_tokens(len: usize, dim: usize) -> usize {
    assert!(dim > 0, "a dimension of zero");
    assert!(len.is_multiple_of(dim), "{len} values are not rows of dimension {dim}");
    len / dim
}
