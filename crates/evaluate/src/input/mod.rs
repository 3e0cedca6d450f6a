//! Lines, texts and JSON records from files that may be compressed.

mod decompress;
mod integers;
mod json_lines;
mod lines;
mod open;
mod text;
mod values;
mod zstd;

pub use integers::integer_beyond_64_bits;
pub use json_lines::{JsonLines, Line};
pub use lines::{Lines, MAX_LINE_BYTES};
pub use open::{not_regular, open_regular};
pub use text::{MAX_TEXT_BYTES, read_text};
