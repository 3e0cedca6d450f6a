use super::dictionary::DictionaryBuilder;
use super::{B, BLOCK, K1, MAX_FIELDS, StoredTerms, WordsError, pack};
use super::{MAGIC, MAX_IMPACT};
use crate::varint;
use std::collections::HashMap;

/// Takes the terms of one row after the other, and makes the bytes that [`Words`](super::Words) reads.
///
/// Memory: some three bytes for each posting, some hundred for each distinct term, and the bytes themselves.
///
/// # Examples
/// ```
/// use pleiad_index::words::{StoredTerms, TermsBuilder, Words, WordsBuilder};
///
/// let mut builder = WordsBuilder::new(&[1.0])?;
/// for row in ["red fox", "red red whale"] {
///     let mut terms = TermsBuilder::default();
///     (0..).zip(row.split(' ')).for_each(|(at, term)| terms.push(0, term, at));
///     builder.push(&StoredTerms::read(&terms.finish(1)?, 1)?)?;
/// }
/// let bytes = builder.finish()?;
/// let words = Words::read(&bytes)?;
/// assert_eq!((words.num_rows(), words.num_rows_with("red")?, words.num_rows_with("blue")?), (2, 2, 0));
/// # Ok::<(), pleiad_index::words::WordsError>(())
/// ```
#[derive(Debug)]
pub struct WordsBuilder {
    weights: Vec<f32>,
    num_rows: u32,
    /// Lengths of each field and row, `[num_rows, num_fields]`.
    lengths: Vec<u32>,
    numbers: HashMap<Box<str>, u32>,
    lists: Vec<ListBuilder>,
}

/// The postings of a term: distances of rows less one, and counts.
#[derive(Debug, Default)]
struct ListBuilder {
    num_rows: u32,
    /// One more than the last row.
    next: u32,
    bytes: Vec<u8>,
}

impl WordsBuilder {
    /// No rows yet, of fields with these weights.
    ///
    /// # Errors
    /// [`WordsError::Fields`] for no field, more than [`MAX_FIELDS`], or a weight that is not positive and finite.
    pub fn new(weights: &[f32]) -> Result<Self, WordsError> {
        check_weights(weights)?;
        let (lengths, numbers, lists) = Default::default();
        Ok(Self { weights: weights.to_vec(), num_rows: 0, lengths, numbers, lists })
    }

    /// Adds the next row. Cost: one look into a hash table for each of its terms.
    ///
    /// # Errors
    /// [`WordsError`] when the terms are damaged or of another number of fields, or rows are too many.
    pub fn push(&mut self, terms: &StoredTerms<'_>) -> Result<(), WordsError> {
        if terms.lengths().len() != self.weights.len() {
            return Err(WordsError::Fields { reason: "a row has another number of them" });
        }
        let row = self.num_rows;
        self.num_rows = row.checked_add(1).ok_or(WordsError::TooMany { what: "rows" })?;
        self.lengths.extend_from_slice(terms.lengths());
        terms.for_each(|term| {
            let number = match self.numbers.get(term.text) {
                Some(&number) => number as usize,
                None => {
                    self.numbers.insert(term.text.into(), self.lists.len() as u32);
                    self.lists.push(ListBuilder::default());
                    self.lists.len() - 1
                }
            };
            let list = &mut self.lists[number];
            varint::push(&mut list.bytes, row - list.next);
            term.counts.iter().for_each(|&count| varint::push(&mut list.bytes, count));
            (list.next, list.num_rows) = (row + 1, list.num_rows + 1);
            Ok(())
        })
    }

    /// Number of rows so far.
    pub fn num_rows(&self) -> u32 {
        self.num_rows
    }

    /// Returns the bytes of all rows.
    ///
    /// # Errors
    /// [`WordsError::TooMany`] when the postings of one term take more than 4 GiB.
    pub fn finish(mut self) -> Result<Vec<u8>, WordsError> {
        let num_fields = self.weights.len();
        let totals: Vec<u64> = (0..num_fields)
            .map(|field| {
                self.lengths.iter().skip(field).step_by(num_fields).map(|&length| u64::from(length)).sum()
            })
            .collect();
        let mut terms: Vec<(Box<str>, u32)> = std::mem::take(&mut self.numbers).into_iter().collect();
        terms.sort_unstable();
        let mut lists = std::mem::take(&mut self.lists);
        let impacts = Impacts::new(&self, &totals);
        let (mut dictionary, mut postings) = (DictionaryBuilder::default(), Vec::new());
        for (term, number) in &terms {
            let start = postings.len();
            let list = std::mem::take(&mut lists[*number as usize]);
            write_list(&list, &impacts, &mut postings);
            let too_many = |_| WordsError::TooMany { what: "bytes of a term's postings" };
            let num_bytes = u32::try_from(postings.len() - start).map_err(too_many)?;
            dictionary.push(term, list.num_rows, num_bytes);
        }
        let mut out = Vec::new();
        out.extend(MAGIC);
        let counts = [self.num_rows, num_fields as u32, terms.len() as u32, 0];
        out.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
        let sizes = [dictionary.terms.len() as u64, postings.len() as u64];
        out.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        for (weight, total) in self.weights.iter().zip(&totals) {
            out.extend(weight.to_le_bytes());
            out.extend(0u32.to_le_bytes());
            out.extend(total.to_le_bytes());
        }
        for field in 0..num_fields {
            let of_field = self.lengths.iter().skip(field).step_by(num_fields);
            out.extend(of_field.flat_map(|length| length.to_le_bytes()));
        }
        out.extend(dictionary.table);
        out.extend(dictionary.terms);
        out.extend(postings);
        Ok(out)
    }
}

pub(super) fn check_weights(weights: &[f32]) -> Result<(), WordsError> {
    if weights.is_empty() || weights.len() > MAX_FIELDS {
        return Err(WordsError::Fields { reason: "there must be 1 to 16 of them" });
    }
    if !weights.iter().all(|weight| weight.is_finite() && (1e-3..=1e3).contains(weight)) {
        return Err(WordsError::Fields { reason: "a weight must be from 0.001 to 1,000" });
    }
    Ok(())
}

/// The impacts of postings, by the mean lengths of these rows.
struct Impacts<'a> {
    /// Factors of each field: weight, 1 − b, and b over the mean length.
    fields: Vec<[f64; 3]>,
    lengths: &'a [u32],
}

impl<'a> Impacts<'a> {
    fn new(builder: &'a WordsBuilder, totals: &[u64]) -> Self {
        let per_length = |total: u64| match total {
            0 => 0.0,
            _ => f64::from(B) * f64::from(builder.num_rows) / total as f64,
        };
        let fields = builder.weights.iter().zip(totals);
        let fields =
            fields.map(|(&weight, &total)| [f64::from(weight), 1.0 - f64::from(B), per_length(total)]);
        Self { fields: fields.collect(), lengths: &builder.lengths }
    }

    /// The impact of one posting, as it is stored.
    fn of(&self, row: u32, counts: impl Iterator<Item = u32>) -> u16 {
        let lengths = &self.lengths[row as usize * self.fields.len()..];
        let parts = self.fields.iter().zip(lengths).zip(counts);
        let saturating: f64 = parts
            .map(|(([weight, base, per_length], &length), count)| {
                weight * f64::from(count) / (base + per_length * f64::from(length))
            })
            .sum();
        (MAX_IMPACT * saturating / (f64::from(K1) + saturating)).ceil() as u16
    }
}

fn write_list(list: &ListBuilder, impacts: &Impacts<'_>, out: &mut Vec<u8>) {
    let num_fields = impacts.fields.len();
    let (num_blocks, mut rest) = (list.num_rows as usize / BLOCK, &list.bytes[..]);
    let (mut heads, mut data, mut row) = (Vec::new(), Vec::new(), 0u32);
    let mut columns = vec![[0u32; BLOCK]; 1 + num_fields];
    for _ in 0..num_blocks {
        let mut impact = 0;
        for at in 0..BLOCK {
            columns.iter_mut().for_each(|column| column[at] = varint::take(&mut rest).unwrap_or_default());
            row += columns[0][at];
            impact = impact.max(impacts.of(row, columns[1..].iter().map(|column| column[at])));
            row += 1;
        }
        for column in &columns {
            pack::pack(column, pack::bits_for(column), &mut data);
        }
        heads.extend((row - 1).to_le_bytes());
        heads.extend((data.len() as u32).to_le_bytes());
        heads.extend(impact.to_le_bytes());
        heads.extend(columns.iter().map(|column| pack::bits_for(column)));
    }
    out.extend(heads);
    out.extend(data);
    out.extend(rest);
}
