//! Documents as bytes: the part that segments and batches of the log have in common.
//!
//! ```text
//!  0 num_rows u32
//!  4 num_sections u32
//!  8 per section: width u32 (0: rows vary), zero u32, data length u64
//!    then the sections, each from a multiple of 64, zeros between:
//!      a fixed-width one:  num_rows * width bytes
//!      a varying one:      num_rows + 1 offsets u64 (the first is 0, the last the data length); then, from the
//!                          next multiple of 64, the data
//! ```
//! Sections 0, 1 and 2 are the ids (u64), the rows in ascending order of their keys (u32), and the keys; the
//! columns of the layout follow. All positions follow from the table, so no two of them can contradict.

mod encode;
mod read;
mod shape;

pub(crate) use encode::{Encoder, OwnedRows, RowSource};
pub(crate) use read::{RowBytes, Rows};
pub(crate) use shape::{Section, Shape};

/// Section of the document ids.
pub(crate) const IDS: usize = 0;
/// Section of the rows in key order.
pub(crate) const KEY_ORDER: usize = 1;
/// Section of the keys.
pub(crate) const KEYS: usize = 2;
/// Section of the layout's first column.
pub(crate) const FIRST_COLUMN: usize = 3;
