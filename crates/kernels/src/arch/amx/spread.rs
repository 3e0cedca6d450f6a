//! Codes of few bits become bytes.

use super::part::{AHEAD_BYTES, BLOCK, Part, ROWS};
use crate::levels::Levels;
use crate::scan::Lanes;
use crate::tile::PackedTile;
use std::arch::x86_64::*;

/// Makes bytes of all codes of a part, in the order of [`Levels::tile_slot`].
///
/// # Safety
/// AVX-512; the part must lie within the document, whose codes have `BITS` bits.
#[inline(always)]
pub(super) unsafe fn spread_rows<const BITS: usize>(from: PackedTile<'_>, part: Part, to: *mut u8) {
    let packed_bytes = BLOCK / 8 * BITS;
    // SAFETY: the caller's; of a row no bytes beyond it are read. A prefetch may ask for any address.
    unsafe {
        let spread = Spread::new(from.levels);
        for b in 0..part.num_blocks {
            let at = (part.block + b) * packed_bytes;
            let first = from.codes.add(part.row * from.row_bytes + at);
            let to = to.add(b * ROWS * BLOCK);
            if from.row_bytes - at < packed_bytes {
                for r in 0..part.num_rows {
                    let some = load_some::<BITS>(first.add(r * from.row_bytes), from.row_bytes - at);
                    _mm512_store_si512(to.add(r * BLOCK).cast(), spread.block::<BITS>(some));
                }
            } else if part.num_rows == ROWS {
                spread.rows::<BITS>(first, from.row_bytes, ROWS, to);
            } else {
                spread.rows::<BITS>(first, from.row_bytes, part.num_rows, to);
            }
        }
        let first = from.codes.wrapping_add(part.row * from.row_bytes + AHEAD_BYTES);
        let len = part.num_rows * part.num_blocks * packed_bytes;
        for line in (0..len).step_by(64) {
            <__m512 as Lanes>::prefetch(first.wrapping_add(line));
        }
    }
}

/// Tables that turn codes into bytes.
#[derive(Clone, Copy)]
struct Spread {
    table: __m512i,
    mask: __m512i,
    shifts: __m512i,
    zero: __m512i,
    one: __m512i,
}

impl Spread {
    /// # Safety
    /// AVX-512.
    #[inline(always)]
    unsafe fn new(levels: &Levels) -> Self {
        // SAFETY: the set; a table has sixteen bytes.
        unsafe {
            let shift = |quad: i64| 0x0001_0001_0001_0001 * (quad * levels.bits() as i64);
            // Four bits: two planes of four quads; two bits: four planes of two.
            let shifts = match levels.bits() {
                4 => _mm512_setr_epi64(0, 0, 0, 0, shift(1), shift(1), shift(1), shift(1)),
                _ => _mm512_setr_epi64(0, 0, shift(1), shift(1), shift(2), shift(2), shift(3), shift(3)),
            };
            Self {
                table: _mm512_broadcast_i32x4(_mm_loadu_si128(levels.table().as_ptr().cast())),
                mask: _mm512_set1_epi8(levels.mask().cast_signed()),
                shifts,
                zero: _mm512_set1_epi8(levels.table()[0].cast_signed()),
                one: _mm512_set1_epi8(levels.table()[1].cast_signed()),
            }
        }
    }

    /// The bytes of 64 codes of each row.
    ///
    /// # Safety
    /// AVX-512; the rows must be there, `row_bytes` apart, and room for their bytes.
    #[inline(always)]
    unsafe fn rows<const BITS: usize>(
        self,
        first: *const u8,
        row_bytes: usize,
        num_rows: usize,
        to: *mut u8,
    ) {
        // SAFETY: the caller's.
        unsafe {
            for r in 0..num_rows {
                let packed = load::<BITS>(first.add(r * row_bytes));
                _mm512_store_si512(to.add(r * BLOCK).cast(), self.block::<BITS>(packed));
            }
        }
    }

    /// The bytes of 64 codes, from what [`load`] gives.
    ///
    /// # Safety
    /// AVX-512.
    #[inline(always)]
    unsafe fn block<const BITS: usize>(self, packed: __m512i) -> __m512i {
        // SAFETY: the set.
        unsafe {
            if BITS == 1 {
                let word = _mm_cvtsi128_si64(_mm512_castsi512_si128(packed)).cast_unsigned();
                return _mm512_mask_blend_epi8(word, self.zero, self.one);
            }
            let codes = _mm512_and_si512(_mm512_srlv_epi16(packed, self.shifts), self.mask);
            _mm512_shuffle_epi8(self.table, codes)
        }
    }
}

/// The `8 * BITS` bytes of 64 codes, again and again.
///
/// # Safety
/// AVX-512; the bytes must be there.
#[inline(always)]
unsafe fn load<const BITS: usize>(from: *const u8) -> __m512i {
    // SAFETY: the caller's.
    unsafe {
        match BITS {
            1 => _mm512_set1_epi64(from.cast::<i64>().read_unaligned()),
            2 => _mm512_broadcast_i32x4(_mm_loadu_si128(from.cast())),
            _ => _mm512_broadcast_i64x4(_mm256_loadu_si256(from.cast())),
        }
    }
}

/// As [`load`] where only `1 <= len < 8 * BITS` bytes are there: the others are zero.
///
/// # Safety
/// AVX-512; the bytes must be there.
#[inline(always)]
unsafe fn load_some<const BITS: usize>(from: *const u8, len: usize) -> __m512i {
    let mut bytes = [0u8; 32];
    // SAFETY: the caller vouches for `len` bytes; there are 32 to load from.
    unsafe {
        let some = _mm256_maskz_loadu_epi8(u32::MAX >> (32 - len as u32), from.cast());
        _mm256_storeu_si256(bytes.as_mut_ptr().cast(), some);
        load::<BITS>(bytes.as_ptr())
    }
}
