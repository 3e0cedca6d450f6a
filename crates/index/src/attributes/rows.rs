//! Lists of ascending rows: as distances where they are few, as a bitmap where they are many.

use crate::varint;
use roaring::RoaringBitmap;

/// A list of more than one row in so many is a bitmap.
const FEW: u64 = 64;

/// The bit of a length or an end that says a bitmap.
pub(super) const IS_BITMAP: u32 = 1 << 31;

/// Adds rows to the bytes, and returns [`IS_BITMAP`] where they are a bitmap, else 0.
pub(super) fn push(out: &mut Vec<u8>, rows: &[u32], num_rows: u32) -> u32 {
    if rows.len() as u64 > u64::from(num_rows) / FEW {
        let mut bitmap = RoaringBitmap::from_sorted_iter(rows.iter().copied()).unwrap_or_default();
        bitmap.optimize();
        // Writing to memory does not fail.
        drop(bitmap.serialize_into(&mut *out));
        return IS_BITMAP;
    }
    let mut next = 0;
    for &row in rows {
        varint::push(out, row - next);
        next = row + 1;
    }
    0
}
