use super::ImportError;
use super::array::{Array, Integers};

/// The rows of each text, one text after the other. Memory: one piece of the array that says them.
pub(super) struct Offsets {
    source: Source,
    num_texts: usize,
    /// Rows that all texts together must have.
    num_rows: usize,
    /// The text that comes next, and its first row.
    text: usize,
    begin: i64,
}

enum Source {
    /// Equally many rows in each text.
    Regular(usize),
    /// Rows `offsets[i]..offsets[i + 1]` belong to text i.
    Offsets(Integers),
    /// Text i has `lengths[i]` rows.
    Lengths(Integers),
}

impl Offsets {
    /// Texts of `rows_per_text` rows each.
    pub(super) fn regular(num_texts: usize, rows_per_text: usize) -> Self {
        let num_rows = num_texts.saturating_mul(rows_per_text);
        Self { source: Source::Regular(rows_per_text), num_texts, num_rows, text: 0, begin: 0 }
    }

    /// Offsets that must cover `num_rows` rows.
    pub(super) fn read(array: Array, num_rows: usize) -> Result<Self, ImportError> {
        let num_texts = match array.shape[..] {
            [length] if length > 0 => length - 1,
            _ => return Err(array.wrong_shape("[num_texts + 1]")),
        };
        let mut offsets = Integers::new(array)?;
        let begin = offsets.next()?.unwrap_or_default();
        let offsets = Self { source: Source::Offsets(offsets), num_texts, num_rows, text: 0, begin };
        match begin {
            0 if num_texts > 0 || num_rows == 0 => Ok(offsets),
            0 => Err(offsets.wrong(0, 0, "the last one must be the number of vectors")),
            _ => Err(offsets.wrong(0, begin, "the first one must be 0")),
        }
    }

    /// Lengths that must add up to `num_rows`.
    pub(super) fn lengths(array: Array, num_rows: usize) -> Result<Self, ImportError> {
        let [num_texts] = array.shape[..] else { return Err(array.wrong_shape("[num_texts]")) };
        let source = Source::Lengths(Integers::new(array)?);
        let lengths = Self { source, num_texts, num_rows, text: 0, begin: 0 };
        if num_texts == 0 && num_rows > 0 { Err(lengths.wrong_sum()) } else { Ok(lengths) }
    }

    pub(super) fn num_texts(&self) -> usize {
        self.num_texts
    }

    /// First row of the next text and how many it has; nothing behind the last.
    pub(super) fn next(&mut self) -> Result<Option<(u64, usize)>, ImportError> {
        if self.text >= self.num_texts {
            return Ok(None);
        }
        let is_last = self.text + 1 == self.num_texts;
        let (begin, row) = (self.begin, self.text + 1);
        let end = match &mut self.source {
            Source::Regular(num_rows) => begin.saturating_add(*num_rows as i64),
            Source::Offsets(offsets) => offsets.next()?.unwrap_or_default(),
            Source::Lengths(lengths) => begin.saturating_add(lengths.next()?.unwrap_or_default()),
        };
        let is_offset = matches!(self.source, Source::Offsets(_));
        if end < begin {
            return Err(match is_offset {
                true => self.wrong(row, end, "it is below the one before it"),
                false => self.wrong(row - 1, end - begin, "a text has no fewer than 0 rows"),
            });
        }
        if is_last && end != self.num_rows as i64 {
            self.begin = end;
            return Err(match is_offset {
                true => self.wrong(row, end, "the last one must be the number of vectors"),
                false => self.wrong_sum(),
            });
        }
        (self.text, self.begin) = (row, end);
        Ok(Some((begin as u64, (end - begin) as usize)))
    }

    /// Goes through all of them.
    pub(super) fn check(mut self) -> Result<(), ImportError> {
        if !matches!(self.source, Source::Regular(_)) {
            while self.next()?.is_some() {}
        }
        Ok(())
    }

    fn place(&self) -> String {
        match &self.source {
            Source::Regular(_) => String::new(),
            Source::Offsets(integers) | Source::Lengths(integers) => integers.place().to_owned(),
        }
    }

    fn wrong(&self, row: usize, value: i64, reason: &'static str) -> ImportError {
        ImportError::Offset { place: self.place(), row, value, reason }
    }

    fn wrong_sum(&self) -> ImportError {
        let found = usize::try_from(self.begin).unwrap_or(usize::MAX);
        ImportError::Count {
            place: self.place(),
            what: "vectors in all texts together",
            found,
            expected: self.num_rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rows = Vec<(u64, usize)>;

    fn array(values: &[i64], descr: &str) -> Array {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({},), }}\n", values.len());
        let width = descr[2..].parse().unwrap();
        let values = values.iter().flat_map(|value| {
            let bytes = value.to_le_bytes()[..width].to_vec();
            if descr.starts_with('>') { bytes.into_iter().rev().collect() } else { bytes }
        });
        let length = (header.len() as u16).to_le_bytes();
        let bytes: Vec<u8> =
            [b"\x93NUMPY\x01\0", &length[..], header.as_bytes()].concat().into_iter().chain(values).collect();
        let num_bytes = bytes.len() as u64;
        Array::from_npy("o.npy".into(), std::io::Cursor::new(bytes), num_bytes).unwrap()
    }

    fn all(offsets: Result<Offsets, ImportError>) -> Result<Rows, String> {
        let rows = offsets.and_then(|mut offsets| {
            let mut rows = Vec::new();
            while let Some(next) = offsets.next()? {
                rows.push(next);
            }
            assert_eq!(rows.len(), offsets.num_texts());
            Ok(rows)
        });
        rows.map_err(|error| error.to_string())
    }

    #[test]
    fn order_and_ends_are_checked() {
        let check = |values: &[i64]| all(Offsets::read(array(values, "<i8"), 5));
        assert_eq!(check(&[0, 2, 2, 5]).unwrap(), [(0, 2), (2, 0), (2, 3)]);
        assert_eq!(all(Ok(Offsets::regular(2, 3))).unwrap(), [(0, 3), (3, 3)]);
        for (values, message) in [
            (&[1, 5][..], "o.npy: offset 0 is 1: the first one must be 0"),
            (&[0, 3, 2, 5], "o.npy: offset 2 is 2: it is below the one before it"),
            (&[0, 9, 5], "o.npy: offset 2 is 5: it is below the one before it"),
            (&[0, -1, 5], "o.npy: offset 1 is -1: it is below the one before it"),
            (&[0, 2, 4], "o.npy: offset 2 is 4: the last one must be the number of vectors"),
            (&[0], "o.npy: offset 0 is 0: the last one must be the number of vectors"),
        ] {
            assert_eq!(check(values), Err(message.to_owned()));
        }
    }

    #[test]
    fn lengths_say_the_same() {
        let check = |values: &[i64]| all(Offsets::lengths(array(values, "<i8"), 5));
        assert_eq!(check(&[2, 0, 3]).unwrap(), [(0, 2), (2, 0), (2, 3)]);
        for (values, message) in [
            (&[2, 2][..], "o.npy: 4 vectors in all texts together, expected 5"),
            (&[], "o.npy: 0 vectors in all texts together, expected 5"),
            (&[6, -1], "o.npy: offset 1 is -1: a text has no fewer than 0 rows"),
            (&[i64::MAX, i64::MAX], "o.npy: 9223372036854775807 vectors in all texts together, expected 5"),
        ] {
            assert_eq!(check(values), Err(message.to_owned()));
        }
    }

    #[test]
    fn integers_have_any_width_and_order() {
        for descr in ["<i8", ">i8", "<u8", ">u8", "<i4", ">i4", "<u4", ">u4"] {
            assert_eq!(all(Offsets::read(array(&[0, 2, 5], descr), 5)).unwrap(), [(0, 2), (2, 3)], "{descr}");
        }
        let huge = all(Offsets::read(array(&[0, -1], "<u8"), 5)).unwrap_err();
        assert!(huge.contains("offset 1 is 9223372036854775807"), "{huge}");
    }
}
