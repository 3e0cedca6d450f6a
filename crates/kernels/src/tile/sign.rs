//! Rows of one sign bit per dimension against a query of the same: differing bits are counted, the fewest kept.

use crate::scan::{MAX_GROUP, Pass};

/// Prefetch distance, in bytes.
const AHEAD_BYTES: usize = 4 << 10;

/// Most words whose counts a [`SignLanes::Counts`] may hold: bytes of eight each stay below 256.
const MOST_WORDS: usize = 31;

/// A vector of `u32`, one lane per query token.
///
/// # Safety
/// As [`crate::scan::Lanes`].
pub(crate) trait SignLanes: Copy {
    /// Lanes per vector.
    const NUM: usize;
    /// Differing bits of up to [`MOST_WORDS`] words, in whatever form they are counted.
    type Counts: Copy;

    unsafe fn splat(value: u32) -> Self;
    unsafe fn store(self, to: *mut u32);
    /// Counts of zero.
    unsafe fn none() -> Self::Counts;
    /// Adds the bits in which a word of the row differs from `NUM` words of the query.
    unsafe fn add_differing(counts: Self::Counts, query: *const u32, word: u32) -> Self::Counts;
    unsafe fn add_total(self, counts: Self::Counts) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    /// `(self, row)` where `self` is smaller, else `(fewest, rows)`.
    unsafe fn keep_smaller(self, row: u32, fewest: Self, rows: Self) -> (Self, Self);
    /// Asks for the cache line at an address, which may lie outside any object.
    unsafe fn prefetch(at: *const u8);
}

/// Result of a pass, one entry per query token of the group.
pub(crate) struct Nearest {
    /// The fewest differing bits.
    pub(crate) differing: [u32; MAX_GROUP],
    /// The first document row that has as few.
    pub(crate) rows: [u32; MAX_GROUP],
}

impl Nearest {
    pub(crate) fn new() -> Self {
        Self { differing: [u32::MAX; MAX_GROUP], rows: [0; MAX_GROUP] }
    }
}

/// Rows of signs against a group packed `[words][lanes]`.
#[derive(Clone, Copy)]
pub(crate) struct SignTile {
    /// Words of 32 bits; unused bits are zero.
    pub(crate) query: *const u32,
    /// Lanes of the group: from a word of a query token to the next.
    pub(crate) lanes: usize,
    pub(crate) rows: *const u8,
    pub(crate) dim: usize,
}

impl SignTile {
    fn row_bytes(self) -> usize {
        self.dim.div_ceil(8)
    }

    /// The same rows against the query tokens from `lane` on.
    fn starting_at(self, lane: usize) -> Self {
        Self { query: self.query.wrapping_add(lane), ..self }
    }

    /// Word `k` of a row, without the bits behind its last dimension.
    ///
    /// # Safety
    /// The row must exist and have such a word.
    #[inline(always)]
    unsafe fn word(self, row: usize, k: usize) -> u32 {
        // SAFETY: the caller's; of the last word only the bytes that are there are read.
        unsafe {
            let at = self.rows.add(row * self.row_bytes() + 4 * k);
            let bits = self.dim - 32 * k;
            if bits >= 32 {
                return u32::from_le(at.cast::<u32>().read_unaligned());
            }
            let mut last = [0; 4];
            at.copy_to_nonoverlapping(last.as_mut_ptr(), bits.div_ceil(8));
            u32::from_le_bytes(last) & ((1 << bits) - 1)
        }
    }

    /// Differing bits of the given rows and `WIDTH` vectors of query tokens.
    ///
    /// # Safety
    /// As [`SignLanes`]; the rows must exist, and the group hold those vectors.
    #[inline(always)]
    unsafe fn differing<L: SignLanes, const ROWS: usize, const WIDTH: usize>(
        self,
        rows: [usize; ROWS],
    ) -> [[L; WIDTH]; ROWS] {
        // SAFETY: the caller's.
        unsafe {
            let mut totals = [[L::splat(0); WIDTH]; ROWS];
            let mut start = 0;
            let num_words = self.dim.div_ceil(32);
            while start < num_words {
                let end = num_words.min(start + MOST_WORDS);
                let mut counts = [[L::none(); WIDTH]; ROWS];
                for k in start..end {
                    let query = self.query.add(k * self.lanes);
                    for (counts, &row) in counts.iter_mut().zip(&rows) {
                        let word = self.word(row, k);
                        for (w, counts) in counts.iter_mut().enumerate() {
                            *counts = L::add_differing(*counts, query.add(w * L::NUM), word);
                        }
                    }
                }
                for (totals, counts) in totals.iter_mut().zip(counts) {
                    for (total, counts) in totals.iter_mut().zip(counts) {
                        *total = total.add_total(counts);
                    }
                }
                start = end;
            }
            totals
        }
    }
}

/// Runs a pass in tiles of `ROWS` rows by up to two vectors of query tokens.
///
/// # Safety
/// As [`SignLanes`]; all rows and lanes that the pass names must be there, whole vectors of them.
#[inline(always)]
pub(crate) unsafe fn scan_signs<L: SignLanes, const ROWS: usize>(
    tile: SignTile,
    pass: Pass,
    nearest: &mut Nearest,
) {
    let mut lane = 0;
    while lane < pass.lanes {
        let rest = (pass.lanes - lane) / L::NUM;
        // SAFETY: the caller's; `nearest` has room for all lanes of a group.
        unsafe {
            match (rest > 1, pass.matches) {
                (false, false) => run::<L, ROWS, 1, false>(tile, lane, pass.num_rows, nearest),
                (false, true) => run::<L, ROWS, 1, true>(tile, lane, pass.num_rows, nearest),
                (true, false) => run::<L, ROWS, 2, false>(tile, lane, pass.num_rows, nearest),
                (true, true) => run::<L, ROWS, 2, true>(tile, lane, pass.num_rows, nearest),
            }
        }
        lane += rest.min(2) * L::NUM;
    }
}

#[inline(always)]
unsafe fn run<L: SignLanes, const ROWS: usize, const WIDTH: usize, const MATCHES: bool>(
    tile: SignTile,
    lane: usize,
    num_rows: usize,
    nearest: &mut Nearest,
) {
    let tile = tile.starting_at(lane);
    // SAFETY: the caller's.
    unsafe {
        // The usual dimensions are constants to the compiler.
        match tile.dim {
            128 if tile.lanes == WIDTH * L::NUM => {
                let tile = SignTile { dim: 128, lanes: WIDTH * L::NUM, ..tile };
                run_rows::<L, ROWS, WIDTH, MATCHES>(tile, lane, num_rows, nearest);
            }
            _ => run_rows::<L, ROWS, WIDTH, MATCHES>(tile, lane, num_rows, nearest),
        }
    }
}

#[inline(always)]
unsafe fn run_rows<L: SignLanes, const ROWS: usize, const WIDTH: usize, const MATCHES: bool>(
    tile: SignTile,
    lane: usize,
    num_rows: usize,
    nearest: &mut Nearest,
) {
    // SAFETY: the caller's; a prefetch may ask for any address.
    unsafe {
        let mut fewest = [L::splat(u32::MAX); WIDTH];
        let mut found = [L::splat(0); WIDTH];
        let mut start = 0;
        while start < num_rows {
            let ahead = tile.rows.wrapping_add(start * tile.row_bytes() + AHEAD_BYTES);
            for line in (0..ROWS * tile.row_bytes()).step_by(64) {
                L::prefetch(ahead.wrapping_add(line));
            }
            // The last tile repeats the last row, which never has fewer than itself.
            let rows = std::array::from_fn(|offset| (start + offset).min(num_rows - 1));
            let differing = tile.differing::<L, ROWS, WIDTH>(rows);
            for (offset, differing) in differing.into_iter().enumerate() {
                for (w, differing) in differing.into_iter().enumerate() {
                    if MATCHES {
                        let row = (start + offset) as u32;
                        (fewest[w], found[w]) = differing.keep_smaller(row, fewest[w], found[w]);
                    } else {
                        fewest[w] = differing.min(fewest[w]);
                    }
                }
            }
            start += ROWS;
        }
        for w in 0..WIDTH {
            let at = lane + w * L::NUM;
            fewest[w].store(nearest.differing[at..].as_mut_ptr());
            found[w].store(nearest.rows[at..].as_mut_ptr());
        }
    }
}
