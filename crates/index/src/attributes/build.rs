use super::number::Number;
use super::rows::{self, IS_BITMAP};
use super::{
    AttributeValue, AttributesError, HEAD_BYTES, MAGIC, MAX_BYTES, MAX_PATHS, NUM_SETS, RowSet, kept,
};
use std::collections::HashMap;
use std::hash::Hash;

/// Paths that are counted before the most common ones are chosen.
const MAX_COUNTED: usize = 16 * MAX_PATHS;

/// Names of a path, at most.
const MAX_NAMES: usize = 255;

/// A path that a builder knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathId(u32);

/// Collects what rows have at paths.
///
/// Memory: eight bytes for each value of a row, and each distinct value once.
pub struct AttributesBuilder {
    /// The first one stands for no name.
    paths: Vec<PathBuilder>,
    num_rows: u32,
    is_complete: bool,
}

#[derive(Default)]
struct PathBuilder {
    names: Vec<Box<str>>,
    children: HashMap<Box<str>, u32>,
    sets: [Vec<u32>; NUM_SETS],
    numbers: Values<Number>,
    times: Values<i64>,
    texts: Values<Box<str>>,
    is_multiple: bool,
    last_with_value: Option<u32>,
}

/// Distinct values in the order in which they came, and the rows that have them.
struct Values<V> {
    known: HashMap<V, u32>,
    rows: Vec<(u32, u32)>,
}

/// Distinct values, ascending, and as bytes where the rows of each end, and these.
struct Sorted<V> {
    values: Vec<V>,
    ends: Vec<u8>,
    lists: Vec<u8>,
}

impl<V> Default for Values<V> {
    fn default() -> Self {
        Self { known: HashMap::new(), rows: Vec::new() }
    }
}

impl<V: Hash + Eq + Ord> Values<V> {
    fn push(&mut self, value: V, row: u32) {
        let next = self.known.len() as u32;
        self.rows.push((*self.known.entry(value).or_insert(next), row));
    }

    fn sorted(self, num_rows: u32) -> Result<Sorted<V>, AttributesError> {
        let mut values: Vec<(V, u32)> = self.known.into_iter().collect();
        values.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut ranks = vec![0u32; values.len()];
        (0..).zip(&values).for_each(|(rank, (_, at))| ranks[*at as usize] = rank);
        let mut pairs: Vec<(u32, u32)> =
            self.rows.into_iter().map(|(at, row)| (ranks[at as usize], row)).collect();
        // Rows came in order: a stable sort keeps them so.
        pairs.sort_by_key(|(rank, _)| *rank);
        pairs.dedup();
        let (mut ends, mut lists) = (Vec::new(), Vec::new());
        for list in pairs.chunk_by(|a, b| a.0 == b.0) {
            let list: Vec<u32> = list.iter().map(|(_, row)| *row).collect();
            let flag = rows::push(&mut lists, &list, num_rows);
            ends.extend((length(lists.len())? | flag).to_le_bytes());
        }
        Ok(Sorted { values: values.into_iter().map(|(value, _)| value).collect(), ends, lists })
    }
}

impl Values<Box<str>> {
    /// As `push`, without memory for a text that is known.
    fn push_text(&mut self, text: &str, row: u32) {
        match self.known.get(text) {
            Some(&known) => self.rows.push((known, row)),
            None => self.push(text.into(), row),
        }
    }
}

/// A length that fits beside [`IS_BITMAP`].
fn length(length: usize) -> Result<u32, AttributesError> {
    let fits = u32::try_from(length).ok().filter(|length| length & IS_BITMAP == 0);
    fits.ok_or(AttributesError::TooMany { what: "bytes of rows" })
}

impl Default for AttributesBuilder {
    fn default() -> Self {
        Self { paths: vec![PathBuilder::default()], num_rows: 0, is_complete: true }
    }
}

impl AttributesBuilder {
    /// The path that all others begin at.
    pub const ROOT: PathId = PathId(0);

    /// Begins the next row.
    ///
    /// # Errors
    /// `TooMany` for more rows than can be numbered.
    pub fn next_row(&mut self) -> Result<(), AttributesError> {
        self.num_rows = self.num_rows.checked_add(1).ok_or(AttributesError::TooMany { what: "rows" })?;
        Ok(())
    }

    /// The path of a name below another one; nothing where there are too many paths. Cost: a look into a hash map.
    pub fn path(&mut self, above: PathId, name: &str) -> Option<PathId> {
        let parent = &self.paths[above.0 as usize];
        if let Some(&known) = parent.children.get(name) {
            return Some(PathId(known));
        }
        if self.paths.len() > MAX_COUNTED
            || parent.names.len() >= MAX_NAMES
            || name.len() > usize::from(u16::MAX)
        {
            self.is_complete = false;
            return None;
        }
        let names = parent.names.iter().cloned().chain([name.into()]).collect();
        let number = self.paths.len() as u32;
        self.paths[above.0 as usize].children.insert(name.into(), number);
        self.paths.push(PathBuilder { names, ..PathBuilder::default() });
        Some(PathId(number))
    }

    /// The row has something at the path; `is_filled` where that is neither null nor an empty array.
    pub fn push_existing(&mut self, path: PathId, is_filled: bool) {
        self.push_to(path, RowSet::Existing);
        if is_filled {
            self.push_to(path, RowSet::Filled);
        }
    }

    /// The row has null among its values at the path.
    pub fn push_null(&mut self, path: PathId) {
        self.push_to(path, RowSet::Null);
    }

    /// The row has a value at the path. A time stands beside the text that reads as it.
    pub fn push_value(&mut self, path: PathId, value: AttributeValue<'_>) {
        let row = self.num_rows.saturating_sub(1);
        let known = &mut self.paths[path.0 as usize];
        if !matches!(value, AttributeValue::Time(_)) {
            known.is_multiple |= known.last_with_value.replace(row) == Some(row);
        }
        let set = match value {
            AttributeValue::Bool(true) => RowSet::True,
            AttributeValue::Bool(false) => RowSet::False,
            AttributeValue::Number(number) => {
                known.numbers.push(number, row);
                RowSet::Number
            }
            AttributeValue::Text(text) => {
                known.texts.push_text(kept(text).0, row);
                RowSet::Text
            }
            AttributeValue::Time(at) => {
                known.times.push(at, row);
                RowSet::Time
            }
        };
        self.push_to(path, set);
    }

    fn push_to(&mut self, path: PathId, set: RowSet) {
        let row = self.num_rows.saturating_sub(1);
        let rows = &mut self.paths[path.0 as usize].sets[set as usize];
        if rows.last() != Some(&row) {
            rows.push(row);
        }
    }

    /// The bytes: the same for the same rows. Cost: distinct values are sorted.
    ///
    /// # Errors
    /// `TooMany` for more than can be counted.
    pub fn finish(self) -> Result<Vec<u8>, AttributesError> {
        let (num_rows, mut is_complete) = (self.num_rows, self.is_complete);
        let mut paths: Vec<PathBuilder> = self.paths.into_iter().skip(1).collect();
        let rows_of = |path: &PathBuilder| path.sets[RowSet::Existing as usize].len();
        paths.sort_by(|a, b| rows_of(b).cmp(&rows_of(a)).then_with(|| a.names.cmp(&b.names)));
        is_complete &= paths.len() <= MAX_PATHS;
        let (mut written, mut num_bytes) = (Vec::new(), 0);
        for path in paths.into_iter().take(MAX_PATHS) {
            let (names, bytes) = path.finish(num_rows)?;
            if num_bytes + bytes.len() > MAX_BYTES {
                is_complete = false;
                continue;
            }
            num_bytes += bytes.len();
            written.push((names, bytes));
        }
        written.sort();
        let mut out = Vec::with_capacity(HEAD_BYTES + 8 * written.len() + num_bytes);
        out.extend(MAGIC);
        for word in [num_rows, written.len() as u32, u32::from(is_complete), 0] {
            out.extend(word.to_le_bytes());
        }
        let mut start = (HEAD_BYTES + 8 * written.len()) as u64;
        for (_, bytes) in &written {
            out.extend(start.to_le_bytes());
            start += bytes.len() as u64;
        }
        written.iter().for_each(|(_, bytes)| out.extend(bytes));
        Ok(out)
    }
}

impl PathBuilder {
    fn finish(self, num_rows: u32) -> Result<(Vec<Box<str>>, Vec<u8>), AttributesError> {
        let mut out = vec![u8::from(self.is_multiple), self.names.len() as u8, 0, 0];
        for name in &self.names {
            out.extend((name.len() as u16).to_le_bytes());
            out.extend(name.bytes());
        }
        let mut sets = Vec::new();
        for set in &self.sets {
            let before = sets.len();
            let flag = rows::push(&mut sets, set, num_rows);
            out.extend((length(sets.len() - before)? | flag).to_le_bytes());
        }
        let (numbers, times, texts) =
            (self.numbers.sorted(num_rows)?, self.times.sorted(num_rows)?, self.texts.sorted(num_rows)?);
        let has_fractions = numbers.values.iter().any(|number| number.rest != 0.0);
        for num in [numbers.values.len(), times.values.len(), texts.values.len()] {
            out.extend((num as u32).to_le_bytes());
        }
        out.extend(u32::from(has_fractions).to_le_bytes());
        numbers.values.iter().for_each(|number| out.extend(number.whole.to_le_bytes()));
        if has_fractions {
            numbers.values.iter().for_each(|number| out.extend(number.rest.to_le_bytes()));
        }
        out.extend(numbers.ends);
        times.values.iter().for_each(|time| out.extend(time.to_le_bytes()));
        out.extend(times.ends);
        let mut end = 0;
        for text in &texts.values {
            end += text.len();
            out.extend(length(end)?.to_le_bytes());
        }
        out.extend(texts.ends);
        texts.values.iter().for_each(|text| out.extend(text.bytes()));
        [sets, numbers.lists, times.lists, texts.lists].iter().for_each(|bytes| out.extend(bytes));
        Ok((self.names, out))
    }
}
