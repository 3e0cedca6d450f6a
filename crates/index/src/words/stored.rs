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

/// A name, and the version of what follows.
pub(super) const MAGIC: [u8; 8] = *b"PLWORDS1";

/// Bytes before the fields.
pub(super) const HEAD_BYTES: usize = 40;

/// Bytes of a field.
pub(super) const FIELD_BYTES: usize = 16;

/// Bytes of the head of a block, less those for each field.
pub(super) const BLOCK_HEAD_BYTES: usize = 11;

/// The largest impact.
pub(super) const MAX_IMPACT: f64 = 65_535.0;
