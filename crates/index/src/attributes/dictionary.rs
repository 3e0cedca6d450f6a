//! Distinct values of one kind, ascending, and the rows of each.

use super::AttributesError;
use super::number::Number;
use super::rows::{self, IS_BITMAP, List};
use roaring::RoaringBitmap;
use std::ops::Range;

const DAMAGED: AttributesError = AttributesError::Stored { reason: "a list of values is damaged" };

/// Values that are read by their place.
pub(super) trait Values {
    type Value;

    fn len(&self) -> usize;

    /// The value at a place; nothing where it is damaged.
    fn get(&self, at: usize) -> Option<Self::Value>;
}

/// Numbers, as they are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) wholes: &'a [[u8; 8]],
    /// Empty where there are none.
    pub(super) rests: &'a [[u8; 8]],
}

impl Values for Numbers<'_> {
    type Value = Number;

    fn len(&self) -> usize {
        self.wholes.len()
    }

    fn get(&self, at: usize) -> Option<Number> {
        let whole = i64::from_le_bytes(*self.wholes.get(at)?);
        let rest = self.rests.get(at).map_or(0.0, |rest| f64::from_le_bytes(*rest));
        Some(Number { whole, rest })
    }
}

/// Times, as they are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times<'a>(pub(super) &'a [[u8; 8]]);

impl Values for Times<'_> {
    type Value = i64;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, at: usize) -> Option<i64> {
        self.0.get(at).map(|time| i64::from_le_bytes(*time))
    }
}

/// Texts, as they are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) ends: &'a [[u8; 4]],
    pub(super) bytes: &'a [u8],
}

impl<'a> Values for Texts<'a> {
    type Value = &'a [u8];

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, at: usize) -> Option<&'a [u8]> {
        let end = |at: usize| self.ends.get(at).map(|end| u32::from_le_bytes(*end) as usize);
        let start = at.checked_sub(1).map_or(Some(0), end)?;
        self.bytes.get(start..end(at)?)
    }
}

/// Values with the rows of each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dictionary<'a, V> {
    pub(super) values: V,
    pub(super) ends: &'a [[u8; 4]],
    pub(super) lists: &'a [u8],
    pub(super) num_rows: u32,
}

impl<'a, V: Values> Dictionary<'a, V> {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The first place whose value is not before something. Cost: O(log values).
    pub(super) fn first(&self, is_before: impl Fn(V::Value) -> bool) -> Result<usize, AttributesError> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let value = self.values.get(middle).ok_or(DAMAGED)?;
            if is_before(value) { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }

    fn end(&self, at: usize) -> Option<u32> {
        self.ends.get(at).map(|end| u32::from_le_bytes(*end))
    }

    fn list(&self, at: usize) -> Result<List<'a>, AttributesError> {
        let start = at.checked_sub(1).map_or(Some(0), |before| self.end(before));
        let (start, end) = start.zip(self.end(at)).ok_or(DAMAGED)?;
        let bytes = self.lists.get((start & !IS_BITMAP) as usize..(end & !IS_BITMAP) as usize);
        Ok(List { bytes: bytes.ok_or(DAMAGED)?, is_bitmap: end & IS_BITMAP != 0 })
    }

    /// The rows of the values at some places.
    pub(super) fn rows(&self, places: Range<usize>) -> Result<RoaringBitmap, AttributesError> {
        match places.len() {
            0 => Ok(RoaringBitmap::new()),
            1 => self.list(places.start)?.rows(self.num_rows),
            _ => {
                let lists = places.map(|at| self.list(at)).collect::<Result<Vec<_>, _>>()?;
                rows::union(lists.iter().copied(), self.num_rows)
            }
        }
    }

    /// The rows of all values but those at some places.
    pub(super) fn other_rows(&self, places: Range<usize>) -> Result<RoaringBitmap, AttributesError> {
        let lists = (0..places.start).chain(places.end..self.len()).map(|at| self.list(at));
        let lists = lists.collect::<Result<Vec<_>, _>>()?;
        rows::union(lists.iter().copied(), self.num_rows)
    }
}
