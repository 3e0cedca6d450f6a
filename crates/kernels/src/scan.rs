//! The one loop over a document: tile after tile of rows, maxima in registers.

#![allow(unsafe_code)]

use crate::Isa;
use crate::tile::ByteLanes;

/// Most query tokens that one pass over a document serves.
pub(crate) const MAX_GROUP: usize = 32;

/// Query tokens that are served by one pass over a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Group {
    /// The first of them.
    pub(crate) start: usize,
    /// Number of query tokens.
    pub(crate) num_tokens: usize,
    /// Capacity in query tokens: one vector of lanes or two.
    pub(crate) lanes: usize,
}

/// Cuts the tokens of a query into groups: all full but the last.
pub(crate) fn groups(isa: Isa, num_tokens: usize) -> impl Iterator<Item = Group> {
    let full = match isa {
        Isa::Portable => 16,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) | Isa::AvxVnni(_) => 16,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) | Isa::Amx(_) => MAX_GROUP,
        #[cfg(target_arch = "aarch64")]
        Isa::Neon(_) | Isa::Dotprod(_) => 16,
        Isa::Reference => MAX_GROUP,
    };
    (0..num_tokens).step_by(full).map(move |start| {
        let num_tokens = full.min(num_tokens - start);
        Group { start, num_tokens, lanes: if num_tokens <= full / 2 { full / 2 } else { full } }
    })
}

/// Format of 16-bit floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HalfFormat {
    /// IEEE 754 binary16.
    F16,
    /// The upper half of an `f32`.
    Bf16,
}

/// Result of a pass, one entry per query token of the group.
pub(crate) struct Best {
    /// The largest similarity.
    pub(crate) values: [f32; MAX_GROUP],
    /// The first document row that reaches it.
    pub(crate) rows: [u32; MAX_GROUP],
}

impl Best {
    pub(crate) fn new() -> Self {
        Self { values: [f32::NEG_INFINITY; MAX_GROUP], rows: [0; MAX_GROUP] }
    }
}

/// A vector of f32, one lane per query token.
///
/// # Safety
/// Every method may use the instructions of its set: it must be inlined into a function that enables them, and
/// be called only where they were detected. `load` and `store` touch `NUM` values at an address that may be
/// unaligned.
pub(crate) trait Lanes: Copy {
    /// Lanes per vector.
    const NUM: usize;
    /// True where [`Lanes::mul_add`] is one instruction, which rounds once.
    const FUSES: bool;
    /// One document row per lane.
    type Rows: Copy;
    /// As many sums of products of bytes.
    type Sums: ByteLanes<Lanes = Self>;

    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    /// Widens `NUM` little-endian halves, exactly.
    unsafe fn load_halves(from: *const u8, format: HalfFormat) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// `self · other + sum`, rounded once or twice: a property of the set.
    unsafe fn mul_add(self, other: Self, sum: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    /// The larger of both; `other` where they are equal or one is NaN.
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn first_rows() -> Self::Rows;
    /// `(self, row)` where `self` is larger, else `(best, rows)`.
    unsafe fn keep_larger(self, row: u32, best: Self, rows: Self::Rows) -> (Self, Self::Rows);
    unsafe fn store_rows(rows: Self::Rows, to: *mut u32);
    /// Asks for the cache line at an address, which may lie outside any object.
    unsafe fn prefetch(at: *const u8);
}

/// Code that is compiled for the lanes of each set.
pub(crate) trait Work {
    /// Does it in tiles of `ROWS` rows.
    ///
    /// # Safety
    /// As [`Lanes`], and what the work asks for.
    unsafe fn run<L: Lanes, const ROWS: usize>(self);
}

/// The arithmetic of one format of documents: what a tile of rows gives.
pub(crate) trait Tile: Copy {
    /// Similarities of the `ROWS` given document rows with `WIDTH` vectors of query tokens.
    ///
    /// # Safety
    /// As [`Lanes`]; each row must exist in the document and the group must hold `WIDTH` vectors.
    unsafe fn similarities<L: Lanes, const ROWS: usize, const WIDTH: usize>(
        self,
        rows: [usize; ROWS],
    ) -> [[L; WIDTH]; ROWS];
}

/// One pass over a document, for a group of query tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pass {
    /// Rows of the document, at least one.
    pub(crate) num_rows: usize,
    /// Query tokens of the group, with padding: once or twice `Lanes::NUM`, at most [`MAX_GROUP`].
    pub(crate) lanes: usize,
    /// True where rows are wanted beside the maxima.
    pub(crate) matches: bool,
}

/// Runs a pass in tiles of `ROWS` rows.
///
/// # Safety
/// As [`Tile::similarities`], for every row and query token that the pass names.
#[inline(always)]
pub(crate) unsafe fn scan<L: Lanes, const ROWS: usize>(tile: impl Tile, pass: Pass, best: &mut Best) {
    // SAFETY: the caller vouches for the set, the rows and the width.
    unsafe {
        match (pass.lanes > L::NUM, pass.matches) {
            (false, false) => run::<L, ROWS, 1, false>(tile, pass.num_rows, best),
            (false, true) => run::<L, ROWS, 1, true>(tile, pass.num_rows, best),
            (true, false) => run::<L, ROWS, 2, false>(tile, pass.num_rows, best),
            (true, true) => run::<L, ROWS, 2, true>(tile, pass.num_rows, best),
        }
    }
}

#[inline(always)]
unsafe fn run<L: Lanes, const ROWS: usize, const WIDTH: usize, const MATCHES: bool>(
    tile: impl Tile,
    num_rows: usize,
    best: &mut Best,
) {
    // SAFETY: as `scan`; `best` has room for `WIDTH * NUM <= MAX_GROUP` lanes.
    unsafe {
        let mut maxima = Maxima::<L, WIDTH, MATCHES>::new();
        let mut start = 0;
        while start < num_rows {
            let mut rows = [0; ROWS];
            for (offset, row) in rows.iter_mut().enumerate() {
                // The last tile repeats the last row: a maximum does not mind, and a repeated row is never
                // larger than itself, so it never becomes the first row either.
                *row = (start + offset).min(num_rows - 1);
            }
            let similarities = tile.similarities::<L, ROWS, WIDTH>(rows);
            for (offset, &row) in similarities.iter().enumerate() {
                maxima.take(start + offset, row);
            }
            start += ROWS;
        }
        maxima.store(best);
    }
}

/// The largest similarities so far, in registers, and with `MATCHES` the rows that they came from.
pub(crate) struct Maxima<L: Lanes, const WIDTH: usize, const MATCHES: bool> {
    values: [L; WIDTH],
    found: [L::Rows; WIDTH],
}

impl<L: Lanes, const WIDTH: usize, const MATCHES: bool> Maxima<L, WIDTH, MATCHES> {
    /// # Safety
    /// As [`Lanes`], here and below.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        // SAFETY: the caller's.
        unsafe { Self { values: [L::splat(f32::NEG_INFINITY); WIDTH], found: [L::first_rows(); WIDTH] } }
    }

    /// Takes the similarities of the next row; rows come in order.
    ///
    /// # Safety
    /// As [`Lanes`].
    #[inline(always)]
    pub(crate) unsafe fn take(&mut self, row: usize, similarities: [L; WIDTH]) {
        for (w, similarity) in similarities.into_iter().enumerate() {
            // SAFETY: the caller's.
            unsafe {
                if MATCHES {
                    let (values, found) = (self.values[w], self.found[w]);
                    (self.values[w], self.found[w]) = similarity.keep_larger(row as u32, values, found);
                } else {
                    self.values[w] = similarity.max(self.values[w]);
                }
            }
        }
    }

    /// # Safety
    /// As [`Lanes`]; `WIDTH * NUM` is at most [`MAX_GROUP`].
    #[inline(always)]
    pub(crate) unsafe fn store(self, best: &mut Best) {
        for w in 0..WIDTH {
            let at = w * L::NUM;
            // SAFETY: `best` has room for all lanes.
            unsafe {
                // Adding zero turns -0.0 into 0.0: which of the two a maximum keeps would depend on the order.
                self.values[w].add(L::splat(0.0)).store(best.values[at..].as_mut_ptr());
                L::store_rows(self.found[w], best.rows[at..].as_mut_ptr());
            }
        }
    }
}
