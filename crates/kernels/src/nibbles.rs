//! Rows of four-bit codes against a single query of bytes.

#![allow(unsafe_code)]

use crate::levels::{BLOCK_BYTES, Halves};
use crate::{Isa, Levels};

/// Most dimensions of a [`NibbleQuery`]: beyond, a sum might not fit 32 bits.
pub const MAX_NIBBLE_DIM: usize = 1 << 16;

/// One query vector of `i8` for rows of four-bit codes.
///
/// [`PackedPanel`](crate::PackedPanel) gives each lane a query token of its own, so that a single one leaves most of a
/// vector idle; here a vector holds dimensions of the one there is. Sums are exact, and every instruction set gives the same.
///
/// # Examples
/// ```
/// use pleiad_kernels::{Isa, Levels, NibbleQuery};
///
/// let levels = Levels::from([-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7]);
/// let query = NibbleQuery::new(Isa::best(), &[1, 2, 3], levels);
/// // A row of levels 1, -1 and 2 in two bytes, and a byte that belongs to nobody.
/// let mut dots = [0];
/// query.dots(&[0x79, 0x0a, 0xff], 3, &mut dots);
/// assert_eq!(dots, [1 - 2 + 6]);
/// ```
#[derive(Debug, Clone)]
pub struct NibbleQuery {
    isa: Isa,
    levels: Levels,
    dim: usize,
    /// Values of even dimensions, whose codes are the low halves of bytes.
    low: Vec<i8>,
    /// Values of odd dimensions.
    high: Vec<i8>,
}

impl NibbleQuery {
    /// Packs a query's values, one for each dimension. Cost: one pass.
    ///
    /// # Panics
    /// Unless `levels` are of four bits, all values within ±127, and 1 to [`MAX_NIBBLE_DIM`] of them.
    pub fn new(isa: Isa, query: &[i8], levels: Levels) -> Self {
        assert_eq!(levels.bits(), 4, "codes of four bits");
        assert!((1..=MAX_NIBBLE_DIM).contains(&query.len()), "{} dimensions", query.len());
        assert!(query.iter().all(|&value| value > i8::MIN), "values within ±127");
        let half = |first: usize| {
            let mut half: Vec<i8> = query.iter().copied().skip(first).step_by(2).collect();
            // Whole blocks: the widest set takes so many bytes at a time.
            half.resize(query.len().div_ceil(2).next_multiple_of(BLOCK_BYTES), 0);
            half
        };
        Self { isa, levels, dim: query.len(), low: half(0), high: half(1) }
    }

    /// Bytes of codes of each row.
    pub fn row_bytes(&self) -> usize {
        self.levels.row_bytes(self.dim)
    }

    /// `Σ level·query` of each row. Row `i` begins at byte `i · stride` of `rows`: what follows the codes of one is not
    /// read. Cost: one pass over the codes.
    ///
    /// # Panics
    /// When `stride` is below [`NibbleQuery::row_bytes`], or `rows` has not `stride` bytes for each of `out`.
    pub fn dots(&self, rows: &[u8], stride: usize, out: &mut [i32]) {
        assert!(stride >= self.row_bytes(), "rows of {} bytes in steps of {stride}", self.row_bytes());
        assert_eq!(rows.len(), out.len() * stride, "{stride} bytes for each row");
        let halves = Halves { low: &self.low, high: &self.high, table: self.levels.table() };
        let codes = rows.chunks_exact(stride).map(|row| &row[..self.row_bytes()]);
        for (out, codes) in out.iter_mut().zip(codes) {
            *out = match self.isa {
                Isa::Reference => self.reference(codes),
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the token proves the set; both halves are whole blocks, no fewer than the codes fill.
                Isa::Avx2(_) | Isa::AvxVnni(_) => unsafe { crate::arch::avx2::dot_nibbles(codes, halves) },
                #[cfg(target_arch = "x86_64")]
                // SAFETY: as above.
                Isa::Avx512(_) | Isa::Amx(_) => unsafe { crate::arch::avx512::dot_nibbles(codes, halves) },
                _ => halves.dot(codes),
            };
        }
    }

    fn reference(&self, codes: &[u8]) -> i32 {
        let value = |k: usize| if k.is_multiple_of(2) { self.low[k / 2] } else { self.high[k / 2] };
        (0..self.dim).map(|k| i32::from(self.levels.level(codes, k)) * i32::from(value(k))).sum()
    }
}
