//! Lines of text from files that may be compressed.

mod decompress;
mod json_lines;
mod lines;
mod zstd;

pub use json_lines::{JsonLines, Line};
pub use lines::{Lines, MAX_LINE_BYTES};
