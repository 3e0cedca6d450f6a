use super::build::check_weights;
use super::dictionary::{Dictionary, ENTRY_BYTES, Entry};
use super::list::{Block, List};
use super::{FIELD_BYTES, HEAD_BYTES, MAGIC};
use super::{MAX_FIELDS, WordsError};
use crate::varint;
use std::ops::Range;

/// The words of a segment's rows, as bytes that a [`WordsBuilder`](super::WordsBuilder) made.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    num_rows: u32,
    weights: Vec<f32>,
    totals: Vec<u64>,
    /// Lengths of each field and row.
    lengths: Vec<&'a [[u8; 4]]>,
    dictionary: Dictionary<'a>,
    postings: &'a [u8],
}

impl<'a> Words<'a> {
    /// Finds the parts of the bytes. Cost: O(fields); lists are checked when they are read.
    ///
    /// # Errors
    /// [`WordsError::Stored`] when the parts are not as long as they say.
    pub fn read(bytes: &'a [u8]) -> Result<Self, WordsError> {
        Self::parse(bytes).ok_or(WordsError::Stored { reason: "their head does not fit their bytes" })
    }

    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, mut rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let (magic, head) = head.split_first_chunk::<8>()?;
        let (words, _) = head.as_chunks::<4>();
        let [num_rows, num_fields, num_terms, zero] = [0, 1, 2, 3].map(|at| u32::from_le_bytes(words[at]));
        let (longs, _) = head.split_at(16).1.as_chunks::<8>();
        let [num_term_bytes, num_posting_bytes] = [0, 1].map(|at| u64::from_le_bytes(longs[at]));
        let num_fields = num_fields as usize;
        if *magic != MAGIC || zero != 0 || num_fields > MAX_FIELDS {
            return None;
        }
        let (mut weights, mut totals, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..num_fields {
            let (field, _) = varint::take_bytes(&mut rest, FIELD_BYTES)?.as_chunks::<8>();
            weights.push(f32::from_le_bytes(*field[0].first_chunk()?));
            totals.push(u64::from_le_bytes(field[1]));
        }
        check_weights(&weights).is_ok().then_some(())?;
        for _ in 0..num_fields {
            lengths
                .push(varint::take_bytes(&mut rest, 4usize.checked_mul(num_rows as usize)?)?.as_chunks().0);
        }
        let table =
            varint::take_bytes(&mut rest, ENTRY_BYTES.checked_mul(Dictionary::num_blocks(num_terms))?)?;
        let terms = varint::take_bytes(&mut rest, usize::try_from(num_term_bytes).ok()?)?;
        let dictionary = Dictionary { num_terms, table: table.as_chunks().0, terms };
        let is_whole = rest.len() as u64 == num_posting_bytes;
        is_whole.then_some(Self { num_rows, weights, totals, lengths, dictionary, postings: rest })
    }

    /// Number of rows.
    pub fn num_rows(&self) -> u32 {
        self.num_rows
    }

    /// Number of distinct terms.
    pub fn num_terms(&self) -> u32 {
        self.dictionary.num_terms
    }

    /// Weights of the fields, by which impacts were computed.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Sum of the lengths of each field, over all rows.
    pub fn totals(&self) -> &[u64] {
        &self.totals
    }

    /// Length of each field of a row, if there is such a row.
    pub fn row_lengths(&self, row: u32) -> Option<impl Iterator<Item = u32> + '_> {
        let of_field =
            move |lengths: &&[[u8; 4]]| lengths.get(row as usize).copied().map_or(0, u32::from_le_bytes);
        (row < self.num_rows).then(|| self.lengths.iter().map(of_field))
    }

    /// Lengths of a field.
    pub(super) fn lengths(&self, field: usize) -> &'a [[u8; 4]] {
        self.lengths[field]
    }

    /// Number of rows that have a term. Cost: O(log terms).
    ///
    /// # Errors
    /// [`WordsError::Stored`] when the dictionary is damaged.
    pub fn num_rows_with(&self, term: &str) -> Result<u32, WordsError> {
        Ok(self.dictionary.find(term)?.map_or(0, |entry| entry.num_rows))
    }

    /// Calls `visit` with each row that has a term, ascending. Cost: its list is unpacked.
    ///
    /// # Errors
    /// [`WordsError`] when the dictionary or the list is damaged.
    pub fn for_each_row(&self, term: &str, visit: impl FnMut(u32)) -> Result<(), WordsError> {
        self.for_each_row_in(term, 0..self.num_rows, visit)
    }

    /// The same of rows in a range. Cost: the blocks of its list that may have such rows are unpacked, and the heads of those
    /// before them are read.
    ///
    /// # Errors
    /// As [`Words::for_each_row`].
    pub fn for_each_row_in(
        &self,
        term: &str,
        range: Range<u32>,
        mut visit: impl FnMut(u32),
    ) -> Result<(), WordsError> {
        let Some(list) = self.list(term)? else { return Ok(()) };
        let mut block = Block::new(self.weights.len());
        let damaged = || WordsError::List { term: term.to_owned() };
        for at in 0..list.num_blocks() {
            if at < list.num_full() && list.head(at).ok_or_else(damaged)?.last_row < range.start {
                continue;
            }
            if list.first_possible(at).ok_or_else(damaged)? >= range.end {
                break;
            }
            list.unpack(at, self.num_rows, &mut block).ok_or_else(damaged)?;
            block.rows().iter().filter(|row| range.contains(row)).for_each(|&row| visit(row));
        }
        Ok(())
    }

    /// Calls `visit` with each term, ascending, and the number of rows that have it.
    ///
    /// # Errors
    /// [`WordsError::Stored`] when the dictionary is damaged.
    pub fn for_each_term(&self, mut visit: impl FnMut(&[u8], u32)) -> Result<(), WordsError> {
        self.dictionary.for_each(|term, entry| visit(term, entry.num_rows))
    }

    /// The list of a term, if a row has it.
    pub(super) fn list(&self, term: &str) -> Result<Option<List<'a>>, WordsError> {
        let Some(Entry { num_rows, start, num_bytes }) = self.dictionary.find(term)? else { return Ok(None) };
        let start = usize::try_from(start).ok();
        let bytes = start.and_then(|start| self.postings.get(start..start.checked_add(num_bytes as usize)?));
        let list = bytes.and_then(|bytes| List::read(bytes, num_rows, self.weights.len()));
        let is_there = list.filter(|_| 0 < num_rows && num_rows <= self.num_rows);
        is_there.map(Some).ok_or_else(|| WordsError::List { term: term.to_owned() })
    }
}
