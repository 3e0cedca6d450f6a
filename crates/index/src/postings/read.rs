use super::PostingsError;
use super::{HEADER_BYTES, MAGIC, MAX_CENTROIDS, WINDOW_ROWS};

/// Lists of rows for each centroid, as they lie in memory.
#[derive(Debug, Clone)]
pub struct Postings<'a> {
    num_rows: u32,
    num_centroids: u32,
    centroids: u64,
    /// `[windows, num_centroids]`.
    ends: &'a [[u8; 4]],
    rows: &'a [[u8; 2]],
    /// The begin of those of each window, and the end of the last one's.
    starts: Vec<u64>,
}

/// The centroids of each row of a window: what the lists say, the other way round.
#[derive(Debug)]
pub struct RowCentroids {
    ends: Vec<u32>,
    centroids: Vec<u32>,
}

impl<'a> Postings<'a> {
    /// Reads what [`PostingsBuilder`](super::PostingsBuilder) wrote. Cost: one look at each window; lists are checked
    /// when they are read.
    ///
    /// # Errors
    /// [`PostingsError::Stored`] for anything else.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PostingsError> {
        let refuse = |reason| Err(PostingsError::Stored { reason });
        let Some((header, rest)) = bytes.split_at_checked(HEADER_BYTES) else {
            return refuse("they are shorter than their header");
        };
        let (words, _) = header.as_chunks::<8>();
        if words[0] != MAGIC {
            return refuse("they do not begin with PLPOSTS1");
        }
        let [centroids, num_postings] = [words[2], words[3]].map(u64::from_le_bytes);
        let counts = u64::from_le_bytes(words[1]);
        let (num_rows, num_centroids) = (counts as u32, (counts >> 32) as u32);
        if !(1..=MAX_CENTROIDS).contains(&num_centroids) {
            return refuse("they have no centroids, or more than there can be");
        }
        let num_ends = u64::from(num_rows.div_ceil(WINDOW_ROWS)) * u64::from(num_centroids);
        let lengths = (num_ends.checked_mul(4), num_postings.checked_mul(2));
        let (Some(end_bytes), Some(row_bytes)) = lengths else {
            return refuse("they are longer than memory");
        };
        if end_bytes.checked_add(row_bytes) != Some(rest.len() as u64) {
            return refuse("their length is not that of their lists");
        }
        let (ends, rows) = rest.split_at(end_bytes as usize);
        let (ends, rows) = (ends.as_chunks().0, rows.as_chunks().0);
        // The last end of a window is that of all its lists.
        let mut starts = vec![0];
        for ends in ends.chunks_exact(num_centroids as usize) {
            let end: u32 = ends.last().map_or(0, |end| u32::from_le_bytes(*end));
            starts.push(starts[starts.len() - 1] + u64::from(end));
        }
        if starts[starts.len() - 1] != num_postings {
            return refuse("their windows do not add up to their number");
        }
        Ok(Self { num_rows, num_centroids, centroids, ends, rows, starts })
    }

    /// Rows that they are of.
    pub fn num_rows(&self) -> u32 {
        self.num_rows
    }

    /// Centroids, some perhaps with empty lists.
    pub fn num_centroids(&self) -> u32 {
        self.num_centroids
    }

    /// The number of the centroids that their builder was given.
    pub fn centroids(&self) -> u64 {
        self.centroids
    }

    /// Entries of all lists.
    pub fn num_postings(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Windows of rows.
    pub fn num_windows(&self) -> u32 {
        self.num_rows.div_ceil(WINDOW_ROWS)
    }

    /// Rows of a window.
    ///
    /// # Panics
    /// When there is no such window.
    pub fn window_rows(&self, window: u32) -> u32 {
        (self.num_rows - window * WINDOW_ROWS).min(WINDOW_ROWS)
    }

    /// The rows within a window that have a token near a centroid, ascending.
    ///
    /// # Errors
    /// [`PostingsError::List`] when it is damaged, or there is no such window or centroid.
    pub fn rows(
        &self,
        window: u32,
        centroid: u32,
    ) -> Result<impl ExactSizeIterator<Item = u16> + use<'a>, PostingsError> {
        let lists = self.window(window).ok_or(PostingsError::List { window, centroid })?;
        Ok(lists.list(centroid)?.iter().map(|row| u16::from_le_bytes(*row)))
    }

    /// Each row's centroids, ascending. Cost: two passes over the lists of the window.
    ///
    /// # Errors
    /// [`PostingsError::List`] when one is damaged.
    ///
    /// # Panics
    /// When there is no such window.
    pub fn row_centroids(&self, window: u32) -> Result<RowCentroids, PostingsError> {
        let num_rows = self.window_rows(window) as usize;
        let mut ends = vec![0u32; num_rows];
        for centroid in 0..self.num_centroids {
            for row in self.rows(window, centroid)? {
                let damaged = PostingsError::List { window, centroid };
                *ends.get_mut(usize::from(row)).ok_or(damaged)? += 1;
            }
        }
        let mut end = 0;
        for count in &mut ends {
            (*count, end) = (end, end + *count);
        }
        let mut centroids = vec![0; end as usize];
        for centroid in 0..self.num_centroids {
            for row in self.rows(window, centroid)? {
                let place = &mut ends[usize::from(row)];
                centroids[*place as usize] = centroid;
                *place += 1;
            }
        }
        Ok(RowCentroids { ends, centroids })
    }

    /// The lists of a window, if there is one.
    pub(super) fn window(&self, window: u32) -> Option<Window<'a>> {
        let at = window as usize;
        let (start, end) = (self.starts.get(at)?, self.starts.get(at + 1)?);
        let rows = self.rows.get(*start as usize..*end as usize)?;
        let ends = self.ends.chunks_exact(self.num_centroids as usize).nth(at)?;
        Some(Window { window, num_rows: self.window_rows(window), ends, rows })
    }
}

/// The lists of one window.
pub(super) struct Window<'a> {
    window: u32,
    num_rows: u32,
    ends: &'a [[u8; 4]],
    rows: &'a [[u8; 2]],
}

impl<'a> Window<'a> {
    pub(super) fn num_rows(&self) -> u32 {
        self.num_rows
    }

    /// The list of a centroid; its last row is there, and so are the others if they ascend.
    pub(super) fn list(&self, centroid: u32) -> Result<&'a [[u8; 2]], PostingsError> {
        let end = |at: usize| self.ends.get(at).map(|end| u32::from_le_bytes(*end) as usize);
        let start = if centroid == 0 { Some(0) } else { end(centroid as usize - 1) };
        let list = start.zip(end(centroid as usize)).and_then(|(start, end)| self.rows.get(start..end));
        let is_there = |row: &[u8; 2]| u32::from(u16::from_le_bytes(*row)) < self.num_rows;
        match list {
            Some(list) if list.last().is_none_or(is_there) => Ok(list),
            _ => Err(PostingsError::List { window: self.window, centroid }),
        }
    }
}

impl RowCentroids {
    /// The centroids of one row, ascending.
    ///
    /// # Panics
    /// When the window has no such row.
    pub fn of(&self, row: u32) -> &[u32] {
        let row = row as usize;
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.centroids[start as usize..self.ends[row] as usize]
    }
}
