//! ```text
//!  0  magic "PLPOSTS1"
//!  8  num_rows u32
//! 12  num_centroids u32
//! 16  which centroids, u64
//! 24  num_postings u64
//! 32  where the list of each centroid ends among those of its window, u32 [windows, num_centroids]
//!     rows within their window, u16 [num_postings]: by window, then by centroid, ascending
//! ```
//! Everything is little-endian. Whoever keeps it adds a checksum.

/// A name, and the version of what follows.
pub(super) const MAGIC: [u8; 8] = *b"PLPOSTS1";

/// Bytes before the ends of lists.
pub(super) const HEADER_BYTES: usize = 32;

/// Rows of a window: as many as two bytes can name.
pub const WINDOW_ROWS: u32 = 1 << 16;

/// Most centroids: their ends take as much memory as a window's sums.
pub(super) const MAX_CENTROIDS: u32 = 1 << 20;
