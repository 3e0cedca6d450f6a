//! Lists of ascending rows: as distances where they are few, as a bitmap where they are many.

use super::AttributesError;
use crate::varint;
use roaring::{MultiOps, RoaringBitmap};

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

/// A list as it is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) is_bitmap: bool,
}

const DAMAGED: AttributesError = AttributesError::Stored { reason: "a list of rows is damaged" };

impl List<'_> {
    /// The rows of a segment of so many. Cost: the list is unpacked.
    pub(super) fn rows(self, num_rows: u32) -> Result<RoaringBitmap, AttributesError> {
        if self.is_bitmap {
            let bitmap = RoaringBitmap::deserialize_from(self.bytes).map_err(|_| DAMAGED)?;
            return if bitmap.max().is_none_or(|last| last < num_rows) { Ok(bitmap) } else { Err(DAMAGED) };
        }
        let mut rows = Vec::new();
        self.for_each(num_rows, |row| rows.push(row))?;
        RoaringBitmap::from_sorted_iter(rows).map_err(|_| DAMAGED)
    }

    /// Calls `visit` with each row of a list of distances.
    fn for_each(self, num_rows: u32, mut visit: impl FnMut(u32)) -> Result<(), AttributesError> {
        let (mut bytes, mut next) = (self.bytes, 0u32);
        while !bytes.is_empty() {
            let distance = varint::take(&mut bytes).ok_or(DAMAGED)?;
            let row = next.checked_add(distance).filter(|row| *row < num_rows).ok_or(DAMAGED)?;
            visit(row);
            next = row + 1;
        }
        Ok(())
    }
}

/// The rows of several lists. Cost: the lists are unpacked, and where they are long a bit for each row of the segment.
pub(super) fn union<'a>(
    lists: impl Iterator<Item = List<'a>> + Clone,
    num_rows: u32,
) -> Result<RoaringBitmap, AttributesError> {
    let num_bytes: usize = lists.clone().filter(|list| !list.is_bitmap).map(|list| list.bytes.len()).sum();
    let bitmaps = lists.clone().filter(|list| list.is_bitmap).map(|list| list.rows(num_rows));
    let all = bitmaps.collect::<Result<Vec<_>, _>>()?.union();
    let short = lists.filter(|list| !list.is_bitmap);
    if (num_bytes as u64) < u64::from(num_rows) / FEW {
        let mut rows = Vec::with_capacity(num_bytes);
        short.into_iter().try_for_each(|list| list.for_each(num_rows, |row| rows.push(row)))?;
        rows.sort_unstable();
        rows.dedup();
        return Ok(all | RoaringBitmap::from_sorted_iter(rows).map_err(|_| DAMAGED)?);
    }
    let mut bits = vec![0u8; (num_rows as usize).div_ceil(8)];
    let mut set = |row: u32| bits[(row / 8) as usize] |= 1 << (row % 8);
    short.into_iter().try_for_each(|list| list.for_each(num_rows, &mut set))?;
    Ok(all | RoaringBitmap::from_lsb0_bytes(0, &bits))
}
