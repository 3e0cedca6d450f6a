use super::dictionary::{Dictionary, Numbers, Texts, Times, Values};
use super::number::Number;
use super::rows::{IS_BITMAP, List};
use super::{
    AttributeValue, AttributesError, HEAD_BYTES, MAGIC, MAX_PATHS, MAX_TEXT, NUM_SETS, RowSet, kept,
};
use crate::varint::take_bytes;
use roaring::RoaringBitmap;
use std::ops::{Bound, Range};

/// The attributes of a segment's rows, as bytes that a builder made.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    num_rows: u32,
    is_complete: bool,
    paths: Vec<AttributePath<'a>>,
}

/// One path, and the rows by their values there.
#[derive(Debug, Clone)]
pub struct AttributePath<'a> {
    num_rows: u32,
    names: Vec<&'a str>,
    is_multiple: bool,
    sets: [List<'a>; NUM_SETS],
    numbers: Dictionary<'a, Numbers<'a>>,
    times: Dictionary<'a, Times<'a>>,
    texts: Dictionary<'a, Texts<'a>>,
}

impl<'a> Attributes<'a> {
    /// Finds the parts of the bytes. Cost: O(paths); lists are checked when they are read.
    ///
    /// # Errors
    /// [`AttributesError::Stored`] when the parts are not as long as they say.
    pub fn read(bytes: &'a [u8]) -> Result<Self, AttributesError> {
        Self::parse(bytes).ok_or(AttributesError::Stored { reason: "their head does not fit their bytes" })
    }

    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let (magic, words) = head.split_first_chunk::<8>()?;
        let (words, _) = words.as_chunks::<4>();
        let [num_rows, num_paths, is_complete, zero] = [0, 1, 2, 3].map(|at| u32::from_le_bytes(words[at]));
        let num_paths = num_paths as usize;
        if *magic != MAGIC || zero != 0 || is_complete > 1 || num_paths > MAX_PATHS {
            return None;
        }
        let (places, _) = rest.split_at_checked(8 * num_paths)?.0.as_chunks::<8>();
        let place = |at: usize| match places.get(at).map(|place| u64::from_le_bytes(*place)) {
            Some(place) => usize::try_from(place).ok(),
            None => Some(bytes.len()),
        };
        if place(0)? != HEAD_BYTES + 8 * num_paths {
            return None;
        }
        let path = |at: usize| AttributePath::parse(bytes.get(place(at)?..place(at + 1)?)?, num_rows);
        let paths: Vec<_> = (0..num_paths).map(path).collect::<Option<_>>()?;
        let is_sorted = paths.is_sorted_by(|a, b| a.names < b.names);
        is_sorted.then_some(Self { num_rows, is_complete: is_complete == 1, paths })
    }

    /// Number of rows.
    pub fn num_rows(&self) -> u32 {
        self.num_rows
    }

    /// Returns whether all paths of the rows are here: what is not found has no row then.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The paths, ascending by their names.
    pub fn paths(&self) -> &[AttributePath<'a>] {
        &self.paths
    }

    /// The path of these names. Cost: O(log paths).
    pub fn path(&self, names: &[&str]) -> Option<&AttributePath<'a>> {
        let at = self.paths.partition_point(|path| path.names.as_slice() < names);
        self.paths.get(at).filter(|path| path.names == names)
    }
}

/// Takes a number of 32 bits from the front.
fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*take_bytes(bytes, 4)?.first_chunk()?))
}

/// Takes `num` values of so many bytes from the front.
fn take_all<'a, const N: usize>(bytes: &mut &'a [u8], num: u32) -> Option<&'a [[u8; N]]> {
    Some(take_bytes(bytes, N.checked_mul(num as usize)?)?.as_chunks().0)
}

/// The last of some ends: the bytes of what they are ends of.
fn last(ends: &[[u8; 4]]) -> usize {
    ends.last().map_or(0, |end| (u32::from_le_bytes(*end) & !IS_BITMAP) as usize)
}

impl<'a> AttributePath<'a> {
    fn parse(mut bytes: &'a [u8], num_rows: u32) -> Option<Self> {
        let bytes = &mut bytes;
        let &[is_multiple, num_names, 0, 0] = take_bytes(bytes, 4)?.first_chunk()? else { return None };
        let mut names = Vec::new();
        for _ in 0..num_names {
            let length = u16::from_le_bytes(*take_bytes(bytes, 2)?.first_chunk()?);
            names.push(std::str::from_utf8(take_bytes(bytes, usize::from(length))?).ok()?);
        }
        let mut lengths = [0; NUM_SETS];
        for length in &mut lengths {
            *length = take_u32(bytes)?;
        }
        let [num_numbers, num_times, num_texts, has_fractions] =
            [take_u32(bytes)?, take_u32(bytes)?, take_u32(bytes)?, take_u32(bytes)?];
        if is_multiple > 1 || has_fractions > 1 || names.is_empty() {
            return None;
        }
        let wholes = take_all(bytes, num_numbers)?;
        let rests = take_all(bytes, num_numbers * has_fractions)?;
        let number_ends = take_all(bytes, num_numbers)?;
        let times = take_all(bytes, num_times)?;
        let time_ends = take_all(bytes, num_times)?;
        let ends = take_all(bytes, num_texts)?;
        let text_ends = take_all(bytes, num_texts)?;
        let texts = Texts { ends, bytes: take_bytes(bytes, last(ends))? };
        let mut sets = [List { bytes: &[], is_bitmap: false }; NUM_SETS];
        for (set, length) in sets.iter_mut().zip(lengths) {
            set.bytes = take_bytes(bytes, (length & !IS_BITMAP) as usize)?;
            set.is_bitmap = length & IS_BITMAP != 0;
        }
        let mut lists = |ends| take_bytes(bytes, last(ends));
        let numbers = Dictionary {
            values: Numbers { wholes, rests },
            ends: number_ends,
            lists: lists(number_ends)?,
            num_rows,
        };
        let times = Dictionary { values: Times(times), ends: time_ends, lists: lists(time_ends)?, num_rows };
        let texts = Dictionary { values: texts, ends: text_ends, lists: lists(text_ends)?, num_rows };
        let is_multiple = is_multiple == 1;
        bytes.is_empty().then_some(Self { num_rows, names, is_multiple, sets, numbers, times, texts })
    }

    /// The names, the outermost first.
    pub fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// Returns whether a row has several values here.
    pub fn is_multiple(&self) -> bool {
        self.is_multiple
    }

    /// Number of distinct numbers and texts; texts that begin with the same 240 bytes count as one.
    pub fn num_distinct(&self) -> usize {
        self.numbers.len() + self.texts.len()
    }

    /// The rows of a set. Cost: they are unpacked.
    ///
    /// # Errors
    /// [`AttributesError::Stored`] when they are damaged.
    pub fn rows(&self, set: RowSet) -> Result<RoaringBitmap, AttributesError> {
        self.sets[set as usize].rows(self.num_rows)
    }

    /// The rows that have a value; false beside them where it is a long text, which only its begin is compared of.
    ///
    /// # Errors
    /// [`AttributesError::Stored`] when values or rows are damaged.
    pub fn equal(&self, value: AttributeValue<'_>) -> Result<(RoaringBitmap, bool), AttributesError> {
        let rows = match value {
            AttributeValue::Bool(true) => self.rows(RowSet::True)?,
            AttributeValue::Bool(false) => self.rows(RowSet::False)?,
            AttributeValue::Number(number) => {
                self.numbers_between(Bound::Included(number), Bound::Included(number))?
            }
            AttributeValue::Time(at) => self.times_between(Bound::Included(at), Bound::Included(at))?,
            AttributeValue::Text(text) => {
                let (text, is_whole) = kept(text);
                let text = text.as_bytes();
                let places =
                    self.texts.first(|known| known < text)?..self.texts.first(|known| known <= text)?;
                return Ok((self.texts.rows(places)?, is_whole));
            }
        };
        Ok((rows, true))
    }

    /// The rows that have a number between two ends.
    ///
    /// # Errors
    /// As [`AttributePath::equal`].
    pub fn numbers_between(
        &self,
        lower: Bound<Number>,
        upper: Bound<Number>,
    ) -> Result<RoaringBitmap, AttributesError> {
        self.between(&self.numbers, RowSet::Number, lower, upper)
    }

    /// The rows that have a time between two ends.
    ///
    /// # Errors
    /// As [`AttributePath::equal`].
    pub fn times_between(
        &self,
        lower: Bound<i64>,
        upper: Bound<i64>,
    ) -> Result<RoaringBitmap, AttributesError> {
        self.between(&self.times, RowSet::Time, lower, upper)
    }

    /// Cost: the lists of the values between the ends, or where a row has one value those of the fewer others.
    fn between<V: Values<Value: Ord + Copy>>(
        &self,
        known: &Dictionary<'a, V>,
        set: RowSet,
        lower: Bound<V::Value>,
        upper: Bound<V::Value>,
    ) -> Result<RoaringBitmap, AttributesError> {
        let start = match lower {
            Bound::Included(end) => known.first(|value| value < end)?,
            Bound::Excluded(end) => known.first(|value| value <= end)?,
            Bound::Unbounded => 0,
        };
        let end = match upper {
            Bound::Included(end) => known.first(|value| value <= end)?,
            Bound::Excluded(end) => known.first(|value| value < end)?,
            Bound::Unbounded => known.len(),
        };
        let places: Range<usize> = start..end.max(start);
        if self.is_multiple || 2 * places.len() <= known.len() {
            return known.rows(places);
        }
        Ok(self.rows(set)? - known.other_rows(places)?)
    }

    /// The rows that have a text with this begin; false beside them where it is longer than what is known of texts.
    ///
    /// # Errors
    /// As [`AttributePath::equal`].
    pub fn with_prefix(&self, prefix: &str) -> Result<(RoaringBitmap, bool), AttributesError> {
        let end =
            (0..=MAX_TEXT.min(prefix.len())).rev().find(|&end| prefix.is_char_boundary(end)).unwrap_or(0);
        let is_whole = end == prefix.len();
        let prefix = &prefix[..end];
        let prefix = prefix.as_bytes();
        let start = self.texts.first(|known| known < prefix)?;
        let end = self.texts.first(|known| known < prefix || known.starts_with(prefix))?;
        Ok((self.texts.rows(start..end.max(start))?, is_whole))
    }
}
