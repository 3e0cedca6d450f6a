use super::ImportError;
use super::array::Array;

/// First row of each text: rows `offsets[i]..offsets[i + 1]` belong to text i. Checked once, at reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offsets {
    values: Vec<i64>,
}

impl Offsets {
    /// Reads offsets that must cover `num_rows` rows.
    pub(super) fn read(array: Array, num_rows: usize) -> Result<Self, ImportError> {
        if array.shape.len() != 1 || array.shape[0] == 0 {
            return Err(array.wrong_shape("[num_texts + 1]"));
        }
        let place = array.place.clone();
        Self::check(&place, array.into_integers()?, num_rows)
    }

    fn check(place: &str, values: Vec<i64>, num_rows: usize) -> Result<Self, ImportError> {
        let wrong = |row: usize, reason| ImportError::Offset {
            place: place.to_owned(),
            row,
            value: values[row],
            reason,
        };
        if values[0] != 0 {
            return Err(wrong(0, "the first one must be 0"));
        }
        if let Some(row) = values.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(wrong(row + 1, "it is below the one before it"));
        }
        let last = values.len() - 1;
        if values[last] != num_rows as i64 {
            return Err(wrong(last, "the last one must be the number of vectors"));
        }
        Ok(Self { values })
    }

    /// Texts of `num_rows` rows each.
    pub(super) fn regular(num_texts: usize, num_rows: usize) -> Self {
        Self { values: (0..=num_texts).map(|text| (text * num_rows) as i64).collect() }
    }

    pub(super) fn num_texts(&self) -> usize {
        self.values.len() - 1
    }

    /// First row of a text and how many it has.
    pub(super) fn rows_of(&self, text: usize) -> Option<(u64, usize)> {
        let (begin, end) = (*self.values.get(text)?, *self.values.get(text.checked_add(1)?)?);
        Some((begin as u64, (end - begin) as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_ends_are_checked() {
        let check = |values: &[i64]| Offsets::check("o.npy", values.to_vec(), 5).map_err(|e| e.to_string());
        let good = check(&[0, 2, 2, 5]).unwrap();
        assert_eq!(good.num_texts(), 3);
        assert_eq!((good.rows_of(1), good.rows_of(2), good.rows_of(3)), (Some((2, 0)), Some((2, 3)), None));
        assert_eq!(Offsets::regular(2, 3).values, [0, 3, 6]);
        for (values, message) in [
            (&[1, 5][..], "o.npy: offset 0 is 1: the first one must be 0"),
            (&[0, 3, 2, 5], "o.npy: offset 2 is 2: it is below the one before it"),
            (&[0, 9, 5], "o.npy: offset 2 is 5: it is below the one before it"),
            (&[0, -1, 5], "o.npy: offset 1 is -1: it is below the one before it"),
            (&[0, 2, 4], "o.npy: offset 2 is 4: the last one must be the number of vectors"),
        ] {
            assert_eq!(check(values), Err(message.to_owned()));
        }
    }
}
