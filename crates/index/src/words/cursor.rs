use super::list::{Block, List};
use super::score::Ceilings;
use super::{BLOCK, Scorer, Words, WordsError};

/// A place in the list of one query term, which only moves on.
pub(super) struct Cursor<'a> {
    words: &'a Words<'a>,
    scorer: &'a Scorer,
    /// Number of the term in the scorer.
    term: usize,
    list: List<'a>,
    ceilings: Ceilings,
    /// The block at hand; that behind the last one at the end.
    block: usize,
    is_unpacked: bool,
    /// Place in the block, where it is unpacked: less than its length.
    at: usize,
    rows: Block,
    parts: [u32; BLOCK],
    /// The largest part of the block, where it is unpacked.
    most: u32,
    pub(super) num_postings: u64,
}

impl<'a> Cursor<'a> {
    /// The list of a term of the scorer, if a row has it.
    pub(super) fn new(
        words: &'a Words<'a>,
        scorer: &'a Scorer,
        term: usize,
    ) -> Result<Option<Self>, WordsError> {
        let text = scorer.terms().nth(term).unwrap_or_default();
        let Some(list) = words.list(text)? else { return Ok(None) };
        let (ceilings, rows) = (scorer.ceilings(term, words), Block::new(words.weights().len()));
        let (block, at, most, num_postings) = Default::default();
        let (is_unpacked, parts) = (false, [0; BLOCK]);
        Ok(Some(Self {
            words,
            scorer,
            term,
            list,
            ceilings,
            block,
            is_unpacked,
            at,
            rows,
            parts,
            most,
            num_postings,
        }))
    }

    fn damaged(&self) -> WordsError {
        WordsError::List { term: self.scorer.terms().nth(self.term).unwrap_or_default().to_owned() }
    }

    fn is_at_end(&self) -> bool {
        self.block >= self.list.num_blocks()
    }

    fn unpack(&mut self) -> Result<(), WordsError> {
        let unpacked = self.list.unpack(self.block, self.words.num_rows(), &mut self.rows);
        unpacked.ok_or_else(|| self.damaged())?;
        self.scorer.parts(self.term, self.words, &self.rows, &mut self.parts);
        self.most = self.parts[..self.rows.len].iter().fold(0, |most, &part| most.max(part));
        (self.is_unpacked, self.at) = (true, 0);
        self.num_postings += self.rows.len as u64;
        Ok(())
    }

    /// Leaves behind all rows before this one. Cost: a look at each head on the way.
    fn skip_to(&mut self, row: u32) -> Result<(), WordsError> {
        if self.is_unpacked {
            let rows = self.rows.rows();
            self.at += rows[self.at..].partition_point(|&at| at < row);
            if self.at < rows.len() {
                return Ok(());
            }
            (self.block, self.is_unpacked) = (self.block + 1, false);
        }
        while self.block < self.list.num_full() {
            let head = self.list.head(self.block).ok_or_else(|| self.damaged())?;
            if head.last_row >= row {
                break;
            }
            self.block += 1;
        }
        Ok(())
    }

    /// No row of the list that is left comes before this one; nothing at its end.
    pub(super) fn next_row(&self) -> Result<Option<u32>, WordsError> {
        if self.is_at_end() {
            return Ok(None);
        }
        if self.is_unpacked {
            return Ok(Some(self.rows.rows[self.at]));
        }
        self.list.first_possible(self.block).map(Some).ok_or_else(|| self.damaged())
    }

    /// Skips to `start`, and tells a bound of the parts of rows in `start..end`: 0 where there are none.
    pub(super) fn bound_in(&mut self, start: u32, end: u32) -> Result<u32, WordsError> {
        self.skip_to(start)?;
        let mut bound = 0;
        let mut block = self.block;
        while block < self.list.num_blocks() {
            let is_left_over = block == self.list.num_full();
            let is_at_hand = block == self.block;
            let first = self.list.first_possible(block).ok_or_else(|| self.damaged())?;
            if first >= end {
                break;
            }
            // Of rows left over nothing is known before they are unpacked, which is little work.
            if is_left_over && is_at_hand && !self.is_unpacked {
                self.unpack()?;
                self.skip_to(start)?;
                if self.is_at_end() {
                    break;
                }
            }
            let of_block = if is_at_hand && self.is_unpacked {
                if self.rows.rows[self.at] < end { self.most } else { 0 }
            } else if is_left_over {
                self.ceilings.most
            } else {
                self.ceilings.of(self.list.head(block).ok_or_else(|| self.damaged())?.impact)
            };
            bound = bound.max(of_block);
            block += 1;
        }
        Ok(bound)
    }

    /// Adds the parts of all rows in `start..end` to sums of the rows from `start` on, and marks the groups of 64 rows that
    /// have some.
    pub(super) fn add_to(
        &mut self,
        start: u32,
        end: u32,
        sums: &mut [u32],
        groups: &mut u64,
    ) -> Result<(), WordsError> {
        self.skip_to(start)?;
        while !self.is_at_end() {
            if !self.is_unpacked {
                if self.next_row()?.is_none_or(|row| row >= end) {
                    return Ok(());
                }
                self.unpack()?;
                self.skip_to(start)?;
                continue;
            }
            let rows = &self.rows.rows()[self.at..];
            let len =
                if rows[rows.len() - 1] < end { rows.len() } else { rows.partition_point(|&row| row < end) };
            for (&row, &part) in rows[..len].iter().zip(&self.parts[self.at..]) {
                let place = (row - start) as usize;
                sums[place] += part;
                *groups |= 1 << (place / 64);
            }
            self.at += len;
            if self.at < self.rows.len {
                return Ok(());
            }
            (self.block, self.is_unpacked) = (self.block + 1, false);
        }
        Ok(())
    }

    /// The part of a row that is not before the last one asked for; 0 if it has not the term.
    pub(super) fn part_of(&mut self, row: u32) -> Result<u32, WordsError> {
        self.skip_to(row)?;
        if !self.is_unpacked && self.next_row()?.is_some_and(|first| first <= row) {
            self.unpack()?;
            self.skip_to(row)?;
        }
        let is_here = self.is_unpacked && self.rows.rows[self.at] == row;
        Ok(if is_here { self.parts[self.at] } else { 0 })
    }
}
