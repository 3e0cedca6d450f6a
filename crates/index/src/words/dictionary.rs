//! Terms in order, sixteen to a block; each is written less the bytes that it shares with the one before, the first of a
//! block whole.
//!
//! A block is found by bisection over the first terms, which a table of places gives.

use super::WordsError;
use super::terms::{push_term, take_term};
use crate::varint;

/// Terms of a block.
const BLOCK_TERMS: usize = 16;

/// Bytes of an entry of the table: where a block begins, and where the postings of its first term do.
pub(super) const ENTRY_BYTES: usize = 16;

/// Terms on their way into a dictionary.
#[derive(Default)]
pub(super) struct DictionaryBuilder {
    before: String,
    num_terms: usize,
    postings_end: u64,
    /// The table of places.
    pub(super) table: Vec<u8>,
    /// The blocks.
    pub(super) terms: Vec<u8>,
}

impl DictionaryBuilder {
    /// Adds the next term, the number of rows that have it and the bytes of its postings.
    pub(super) fn push(&mut self, term: &str, num_rows: u32, num_bytes: u32) {
        if self.num_terms.is_multiple_of(BLOCK_TERMS) {
            self.before.clear();
            self.table.extend((self.terms.len() as u64).to_le_bytes());
            self.table.extend(self.postings_end.to_le_bytes());
        }
        push_term(&mut self.terms, &self.before, term);
        varint::push(&mut self.terms, num_rows);
        varint::push(&mut self.terms, num_bytes);
        self.before.clear();
        self.before.push_str(term);
        self.num_terms += 1;
        self.postings_end += u64::from(num_bytes);
    }
}

/// The place of the postings of a term, and their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) num_rows: u32,
    pub(super) start: u64,
    pub(super) num_bytes: u32,
}

/// The dictionary as it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dictionary<'a> {
    pub(super) num_terms: u32,
    pub(super) table: &'a [[u8; ENTRY_BYTES]],
    pub(super) terms: &'a [u8],
}

impl<'a> Dictionary<'a> {
    /// Blocks of so many terms.
    pub(super) fn num_blocks(num_terms: u32) -> usize {
        (num_terms as usize).div_ceil(BLOCK_TERMS)
    }

    /// Finds a term. Cost: O(log terms).
    pub(super) fn find(&self, term: &str) -> Result<Option<Entry>, WordsError> {
        let (mut low, mut high, mut first) = (0, self.table.len(), Vec::new());
        // The last block that does not begin behind the term.
        while low < high {
            let middle = low + (high - low) / 2;
            first.clear();
            let (mut bytes, _) = self.block(middle)?;
            take_term(&mut bytes, &mut first).ok_or(DAMAGED)?;
            if first.as_slice() <= term.as_bytes() { low = middle + 1 } else { high = middle }
        }
        let Some(block) = low.checked_sub(1) else { return Ok(None) };
        let mut found = None;
        self.visit_block(block, |at, entry| {
            if at == term.as_bytes() {
                found = Some(entry);
            }
        })?;
        Ok(found)
    }

    /// Calls `visit` with each term, ascending.
    pub(super) fn for_each(&self, mut visit: impl FnMut(&[u8], Entry)) -> Result<(), WordsError> {
        (0..self.table.len()).try_for_each(|block| self.visit_block(block, &mut visit))
    }

    fn visit_block(&self, block: usize, mut visit: impl FnMut(&[u8], Entry)) -> Result<(), WordsError> {
        let (mut bytes, mut start) = self.block(block)?;
        let num_terms = (self.num_terms as usize - block * BLOCK_TERMS).min(BLOCK_TERMS);
        let mut term = Vec::new();
        for _ in 0..num_terms {
            take_term(&mut bytes, &mut term).ok_or(DAMAGED)?;
            let num_rows = varint::take(&mut bytes).ok_or(DAMAGED)?;
            let num_bytes = varint::take(&mut bytes).ok_or(DAMAGED)?;
            visit(&term, Entry { num_rows, start, num_bytes });
            start = start.checked_add(u64::from(num_bytes)).ok_or(DAMAGED)?;
        }
        Ok(())
    }

    /// The bytes from a block on, and where the postings of its first term are.
    fn block(&self, block: usize) -> Result<(&'a [u8], u64), WordsError> {
        let entry = self.table.get(block).ok_or(DAMAGED)?;
        let (at, postings) = entry.split_at(8);
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).unwrap_or(u64::MAX);
        let bytes = usize::try_from(number(at)).ok().and_then(|at| self.terms.get(at..));
        Ok((bytes.ok_or(DAMAGED)?, number(postings)))
    }
}

const DAMAGED: WordsError = WordsError::Stored { reason: "their dictionary is damaged" };
