//! Values of codes of few bits, and the order in which kernels read them.

/// Bytes of a row that are spread at a time.
pub(crate) const BLOCK_BYTES: usize = 64;

/// The values that codes of one, two or four bits stand for, in steps of a document token's scale.
///
/// Codes are packed lowest bits first: with four bits, dimension 0 is the low half of byte 0. A row starts at a
/// byte of its own and is [`Levels::row_bytes`] long; what the unused bits of its last byte hold does not matter.
///
/// Any table does: evenly spaced levels, or the centroids of a scalar quantizer rounded to 1/127 of the largest.
///
/// # Examples
/// ```
/// use pleiad_kernels::Levels;
///
/// let signs = Levels::from([-1, 1]);
/// assert_eq!((signs.bits(), signs.row_bytes(100)), (1, 13));
/// assert_eq!(signs.level(&[0b101], 2), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels {
    bits: usize,
    /// `level + 128` of each code, as bytes of documents are.
    table: [u8; 16],
}

impl Levels {
    fn new(bits: usize, levels: &[i8]) -> Self {
        let mut table = [0; 16];
        for (entry, level) in table.iter_mut().zip(levels) {
            *entry = level.cast_unsigned() ^ 0x80;
        }
        Self { bits, table }
    }

    /// Bits per code: 1, 2 or 4.
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// Bytes of a row of `dim` codes.
    pub fn row_bytes(&self, dim: usize) -> usize {
        dim.div_ceil(self.num_planes())
    }

    /// The level of dimension `k` in a row.
    ///
    /// # Panics
    /// When the row is too short.
    pub fn level(&self, row: &[u8], k: usize) -> i8 {
        let planes = self.num_planes();
        let code = row[k / planes] >> (k % planes * self.bits) & self.mask();
        (self.table[usize::from(code)] ^ 0x80).cast_signed()
    }

    /// Codes in a byte.
    pub(crate) fn num_planes(&self) -> usize {
        8 / self.bits
    }

    pub(crate) fn mask(&self) -> u8 {
        (1 << self.bits) - 1
    }

    pub(crate) fn table(&self) -> &[u8; 16] {
        &self.table
    }

    /// Returns the slot of dimension `k` of `dim` in the order of the kernels: blocks of [`BLOCK_BYTES`], within one
    /// plane after plane, each
    /// rounded up to whole fours.
    pub(crate) fn slot(&self, dim: usize, k: usize) -> usize {
        let planes = self.num_planes();
        let (byte, plane) = (k / planes, k % planes);
        let block = byte - byte % BLOCK_BYTES;
        let len = BLOCK_BYTES.min(self.row_bytes(dim) - block);
        block * planes + plane * len.next_multiple_of(4) + byte % BLOCK_BYTES
    }

    /// Returns the slot of dimension `k` in the order of tiles: blocks of 64 slots; those of one bit in order, others
    /// plane after plane.
    pub(crate) fn tile_slot(&self, k: usize) -> usize {
        if self.bits == 1 {
            return k;
        }
        let (planes, within) = (self.num_planes(), k % BLOCK_BYTES);
        k - within + within % planes * (BLOCK_BYTES / planes) + within / planes
    }

    /// Number of slots, used or not.
    pub(crate) fn num_slots(&self, dim: usize) -> usize {
        self.row_bytes(dim).next_multiple_of(4) * self.num_planes()
    }
}

/// A query of one vector for codes of four bits, as the kernels take it.
#[derive(Clone, Copy)]
pub(crate) struct Halves<'a> {
    /// Values of even dimensions, whose codes are the low halves of bytes; zeros fill the last block.
    pub(crate) low: &'a [i8],
    /// Values of odd dimensions.
    pub(crate) high: &'a [i8],
    /// `level + 128` of each code.
    pub(crate) table: &'a [u8; 16],
}

impl Halves<'_> {
    /// `Σ level·query` of both halves of each byte, one after the other.
    pub(crate) fn dot(self, codes: &[u8]) -> i32 {
        let level = |code: u8| i32::from(self.table[usize::from(code & 15)]) - 128;
        let of_byte = |(&byte, (&low, &high)): (&u8, (&i8, &i8))| {
            level(byte) * i32::from(low) + level(byte >> 4) * i32::from(high)
        };
        codes.iter().zip(self.low.iter().zip(self.high)).map(of_byte).sum()
    }
}

impl From<[i8; 2]> for Levels {
    /// One bit.
    fn from(levels: [i8; 2]) -> Self {
        Self::new(1, &levels)
    }
}

impl From<[i8; 4]> for Levels {
    /// Two bits.
    fn from(levels: [i8; 4]) -> Self {
        Self::new(2, &levels)
    }
}

impl From<[i8; 16]> for Levels {
    /// Four bits.
    fn from(levels: [i8; 16]) -> Self {
        Self::new(4, &levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dimension_has_a_slot_of_its_own() {
        for levels in [Levels::from([0; 2]), Levels::from([0; 4]), Levels::from([0; 16])] {
            for dim in (1..600).chain([1024, 4095, 4096]) {
                let check = |mut slots: Vec<usize>, num_slots| {
                    slots.sort_unstable();
                    slots.dedup();
                    assert_eq!(slots.len(), dim);
                    assert!(slots[dim - 1] < num_slots);
                };
                check((0..dim).map(|k| levels.slot(dim, k)).collect(), levels.num_slots(dim));
                check((0..dim).map(|k| levels.tile_slot(k)).collect(), dim.next_multiple_of(BLOCK_BYTES));
            }
        }
    }
}
