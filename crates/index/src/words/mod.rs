//! Lexical search: for each term, the rows that have it, how often, and what that is worth by BM25.
//!
//! Three things meet here, none of which is text: the *stored terms* of a row ([`StoredTerms`]), which are the truth; the
//! *postings* of all rows of a segment ([`Words`]), which [`WordsBuilder`] makes of them; and a [`Scorer`], which knows the
//! query's terms and the statistics of the whole collection. A row has the same score from its stored terms
//! ([`Scorer::score_row`]) and from postings ([`search`]), to the bit, whatever segments the rows lie in.
//!
//! # Score
//! BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) in Lucene's form, with several fields as
//! BM25F: a term that `df` of `N` documents have weighs `ln(1 + (N − df + 0.5) / (df + 0.5))` times its count in the
//! query; a row gets `t / (k1 + t)` of that, where `t` sums over fields `weight · tf / (1 − b + b · length / mean length)`.
//! The sum of the weights, [`Scorer::bound`], is above every score.
//!
//! Parts of a score are whole numbers of one 2^24th of that bound, so that their sum does not depend on its order, and
//! fits an `f32` exactly.
//!
//! # Search
//! Rows are scored in windows of 4,096: lists add their parts to the window's sums, block by block. Once enough rows are
//! kept, terms whose largest parts in the window cannot make a row one of the best are left aside and looked up only for
//! rows that have enough from the others: MaxScore (Turtle and Flood, 1995) with block maxima (Ding and Suel, SIGIR 2011).
//!
//! # Stored form
//! ```text
//!  0  magic "PLWORDS1"
//!  8  num_rows u32, num_fields u32
//! 16  num_terms u32, zero u32
//! 24  bytes of the dictionary's blocks u64, bytes of postings u64
//! 40  for each field: weight f32, zero u32, sum of lengths u64
//!     lengths of fields, u32 [num_fields, num_rows]
//!     table of the dictionary: where each block of 16 terms begins u64, where the postings of its first term do u64
//!     blocks of terms, ascending: bytes shared with the term before (0 at the beginning of a block), further bytes and
//!         their number, rows that have it, bytes of its postings
//!     postings of each term, in the same order
//! ```
//! Postings of a term: for each full block of 128 rows a head (last row u32, end of its data u32, largest impact u16,
//! bits of rows u8, bits of counts u8 for each field); the data of full blocks (distances of rows less one, counts in
//! each field; packed); the rows left over, one after the other (distance less one, counts in each field).
//!
//! An impact is what BM25F says with the weights above and the mean lengths of these rows, from 0 to 65,535, rounded up.
//! Numbers without a width have seven bits a byte, the lowest first. Everything else is little-endian. Whoever keeps it
//! adds a checksum.

mod build;
mod cursor;
mod dictionary;
mod error;
mod list;
mod pack;
mod phrase;
mod read;
mod score;
mod search;
mod terms;
#[cfg(test)]
mod tests;

pub use build::WordsBuilder;
pub use error::WordsError;
pub use phrase::Phrase;
pub use read::Words;
pub use score::{Scorer, Statistics};
pub use search::{Scratch, search, search_range};
pub use terms::{StoredTerm, StoredTerms, TermsBuilder};

/// The rate at which more occurrences of a term cease to count.
const K1: f32 = 1.2;

/// The share of its length that a longer field pays for.
const B: f32 = 0.75;

/// Postings of a packed block.
const BLOCK: usize = 128;

/// Most fields of a document.
pub const MAX_FIELDS: usize = 16;

/// Longest term in bytes.
pub const MAX_TERM_BYTES: usize = 1024;

/// A name, and the version of what follows.
const MAGIC: [u8; 8] = *b"PLWORDS1";

/// Bytes before the fields.
const HEAD_BYTES: usize = 40;

/// Bytes of a field.
const FIELD_BYTES: usize = 16;

/// Bytes of the head of a block, less those for each field.
const BLOCK_HEAD_BYTES: usize = 11;

/// The largest impact.
const MAX_IMPACT: f64 = 65_535.0;
