use super::PostingsError;
use super::{HEADER_BYTES, MAGIC, MAX_CENTROIDS, WINDOW_ROWS};

/// Takes the centroids of one row after the other, and makes the bytes that [`Postings`](super::Postings) reads.
///
/// Memory: four bytes for each posting of the window at hand, and the bytes themselves.
///
/// # Examples
/// ```
/// use pleiad_index::postings::{Postings, PostingsBuilder};
///
/// let mut builder = PostingsBuilder::new(3)?;
/// builder.push(&[2, 0, 2])?; // row 0: a token near centroid 0, two near centroid 2
/// builder.push(&[2])?;
/// let bytes = builder.finish(7);
/// let postings = Postings::read(&bytes)?;
/// assert_eq!((postings.num_rows(), postings.num_postings()), (2, 3));
/// assert_eq!(postings.rows(0, 2)?.collect::<Vec<_>>(), [0, 1]);
/// # Ok::<(), pleiad_index::postings::PostingsError>(())
/// ```
#[derive(Debug)]
pub struct PostingsBuilder {
    num_centroids: u32,
    num_rows: u32,
    /// Ends of the lists of all windows before the one at hand.
    ends: Vec<u32>,
    rows: Vec<u16>,
    /// Ends of the rows of the window at hand, in order: each centroid of a row once.
    row_ends: Vec<u32>,
    centroids: Vec<u32>,
}

impl PostingsBuilder {
    /// No rows yet.
    ///
    /// # Errors
    /// [`PostingsError::TooMany`] above 2^20 centroids, [`PostingsError::Centroid`] for none.
    pub fn new(num_centroids: u32) -> Result<Self, PostingsError> {
        if num_centroids == 0 {
            return Err(PostingsError::Centroid { found: 0, num_centroids });
        }
        if num_centroids > MAX_CENTROIDS {
            return Err(PostingsError::TooMany { what: "centroids" });
        }
        let (ends, rows, row_ends, centroids) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Self { num_centroids, num_rows: 0, ends, rows, row_ends, centroids })
    }

    /// The next row, with the centroids of its tokens in any order and number. Cost: sorts them.
    ///
    /// # Errors
    /// [`PostingsError::Centroid`], or [`PostingsError::TooMany`] rows.
    pub fn push(&mut self, centroids: &[u32]) -> Result<(), PostingsError> {
        let num_centroids = self.num_centroids;
        if let Some(&found) = centroids.iter().find(|&&centroid| centroid >= num_centroids) {
            return Err(PostingsError::Centroid { found, num_centroids });
        }
        self.num_rows = self.num_rows.checked_add(1).ok_or(PostingsError::TooMany { what: "rows" })?;
        let first = self.centroids.len();
        self.centroids.extend_from_slice(centroids);
        self.centroids[first..].sort_unstable();
        let mut kept = first;
        for at in first..self.centroids.len() {
            if kept == first || self.centroids[at] != self.centroids[kept - 1] {
                self.centroids[kept] = self.centroids[at];
                kept += 1;
            }
        }
        self.centroids.truncate(kept);
        let end = u32::try_from(kept).map_err(|_| PostingsError::TooMany { what: "postings" })?;
        self.row_ends.push(end);
        if self.row_ends.len() == WINDOW_ROWS as usize {
            self.end_window();
        }
        Ok(())
    }

    /// The bytes of all rows; `centroids` says which centroids they speak of.
    pub fn finish(mut self, centroids: u64) -> Vec<u8> {
        if !self.row_ends.is_empty() {
            self.end_window();
        }
        let mut bytes = Vec::with_capacity(HEADER_BYTES + 4 * self.ends.len() + 2 * self.rows.len());
        bytes.extend(MAGIC);
        bytes.extend(self.num_rows.to_le_bytes());
        bytes.extend(self.num_centroids.to_le_bytes());
        bytes.extend(centroids.to_le_bytes());
        bytes.extend((self.rows.len() as u64).to_le_bytes());
        bytes.extend(self.ends.iter().flat_map(|end| end.to_le_bytes()));
        bytes.extend(self.rows.iter().flat_map(|row| row.to_le_bytes()));
        bytes
    }

    /// Turns the rows of a window, each with its centroids, into centroids with their rows: a counting sort.
    fn end_window(&mut self) {
        let mut next = vec![0u32; self.num_centroids as usize];
        self.centroids.iter().for_each(|&centroid| next[centroid as usize] += 1);
        let mut end = 0;
        for count in &mut next {
            let start = end;
            end += *count;
            self.ends.push(end);
            *count = start;
        }
        let first = self.rows.len();
        self.rows.resize(first + self.centroids.len(), 0);
        let mut start = 0;
        for (row, &end) in self.row_ends.iter().enumerate() {
            for &centroid in &self.centroids[start..end as usize] {
                let place = &mut next[centroid as usize];
                self.rows[first + *place as usize] = row as u16;
                *place += 1;
            }
            start = end as usize;
        }
        self.row_ends.clear();
        self.centroids.clear();
    }
}
