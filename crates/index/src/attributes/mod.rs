//! The rows of a segment by the values of their attributes.
//!
//! [`AttributesBuilder`] is told, row by row, what stands at which path; [`Attributes`] reads what it wrote and gives the rows
//! that have a value, or one of a range. Paths are names from the outermost on; what they mean, and which values a row has
//! there, is the caller's business.
//!
//! Bounds: [`MAX_PATHS`] paths and [`MAX_BYTES`] bytes, those of most rows first, so that a segment may have attributes that
//! are not here ([`Attributes::is_complete`]). Texts count with their first 240 bytes: of longer ones the rows are candidates.
//!
//! ```text
//!  0  magic "PLATTRS1"
//!  8  num_rows u32, num_paths u32
//! 16  1 where every path of the rows is here u32, zero u32
//! 24  for each path, ascending by names: its first byte u64
//!     for each path:
//!         1 where a row has several values u8, number of names u8, zero u16
//!         names: bytes u16, UTF-8
//!         bytes of each of eight row sets u32: any value, null, neither null nor an empty array, true, false, a number, a
//!             text, a time
//!         distinct numbers, times and texts u32 each, 1 where numbers have fractions u32
//!         numbers, ascending: whole parts i64; then, if so, fractions f64; ends of their rows u32
//!         times, ascending: microseconds i64; ends of their rows u32
//!         texts, ascending: ends u32, ends of their rows u32, UTF-8
//!         row sets, rows of numbers, of times, of texts
//! ```
//! Rows are distances from the row before, less one, in seven bits a byte, the lowest first; or, where the highest bit of
//! their end or length is set, a Roaring bitmap in its portable format. Everything else is little-endian. Whoever keeps it adds
//! a checksum.

mod build;
mod dictionary;
mod error;
mod number;
mod read;
mod rows;
#[cfg(test)]
mod tests;

pub use build::{AttributesBuilder, PathId};
pub use error::AttributesError;
pub use number::Number;
pub use read::{AttributePath, Attributes};

/// A name, and the version of what follows.
const MAGIC: [u8; 8] = *b"PLATTRS1";

/// Bytes before the places of paths.
const HEAD_BYTES: usize = 24;

/// Most paths of a segment.
pub const MAX_PATHS: usize = 256;

/// Most bytes of a segment's attributes.
pub const MAX_BYTES: usize = 64 << 20;

/// Longest text of which all bytes count, and the bytes that are kept of longer ones.
const MAX_TEXT: usize = 240;
const KEPT_TEXT: usize = MAX_TEXT + 4;

/// A value of a row at a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AttributeValue<'a> {
    /// True or false.
    Bool(bool),
    /// A finite number.
    Number(Number),
    /// A text.
    Text(&'a str),
    /// Microseconds since 1970.
    Time(i64),
}

/// Sets of rows that every path has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowSet {
    /// Rows that have anything at the path.
    Existing,
    /// Rows that have null among their values.
    Null,
    /// Rows that have something which is neither null nor an empty array.
    Filled,
    /// Rows that have `true`.
    True,
    /// Rows that have `false`.
    False,
    /// Rows that have a number.
    Number,
    /// Rows that have a text.
    Text,
    /// Rows that have a text which reads as a time.
    Time,
}

/// Number of those sets.
const NUM_SETS: usize = 8;

/// The bytes of a text that count, and whether these are all.
fn kept(text: &str) -> (&str, bool) {
    if text.len() <= MAX_TEXT {
        return (text, true);
    }
    let end = (0..=KEPT_TEXT).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    (&text[..end], false)
}
