use super::BLOCK;
use super::BLOCK_HEAD_BYTES;
use super::pack::{packed_bytes, unpack};
use crate::varint;

/// The postings of one term, as they are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    num_fields: usize,
    num_left_over: usize,
    heads: &'a [u8],
    data: &'a [u8],
    left_over: &'a [u8],
}

/// The head of a full block, known before it is unpacked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) last_row: u32,
    pub(super) impact: u16,
    end: u32,
}

/// An unpacked block.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) len: usize,
    pub(super) rows: [u32; BLOCK],
    /// Counts of each field.
    pub(super) counts: Vec<[u32; BLOCK]>,
}

impl Block {
    pub(super) fn new(num_fields: usize) -> Self {
        Self { len: 0, rows: [0; BLOCK], counts: vec![[0; BLOCK]; num_fields] }
    }

    pub(super) fn rows(&self) -> &[u32] {
        &self.rows[..self.len]
    }
}

impl<'a> List<'a> {
    /// Finds the parts of a list; nothing where the bytes are too few.
    pub(super) fn read(bytes: &'a [u8], num_rows: u32, num_fields: usize) -> Option<Self> {
        let (num_blocks, num_left_over) = (num_rows as usize / BLOCK, num_rows as usize % BLOCK);
        let (heads, rest) = bytes.split_at_checked(num_blocks.checked_mul(BLOCK_HEAD_BYTES + num_fields)?)?;
        let list = Self { num_fields, num_left_over, heads, data: rest, left_over: &[] };
        let end = num_blocks.checked_sub(1).map_or(Some(0), |last| Some(list.head(last)?.end as usize))?;
        let (data, left_over) = rest.split_at_checked(end)?;
        Some(Self { data, left_over, ..list })
    }

    /// Number of full blocks.
    pub(super) fn num_full(&self) -> usize {
        self.heads.len() / (BLOCK_HEAD_BYTES + self.num_fields)
    }

    /// Number of blocks, with that of the rows left over.
    pub(super) fn num_blocks(&self) -> usize {
        self.num_full() + usize::from(self.num_left_over > 0)
    }

    /// The head of a full block.
    pub(super) fn head(&self, block: usize) -> Option<Head> {
        let bytes = self.head_bytes(block)?;
        let (last_row, rest) = bytes.split_first_chunk()?;
        let (end, rest) = rest.split_first_chunk()?;
        let (impact, _) = rest.split_first_chunk()?;
        let (last_row, end) = (u32::from_le_bytes(*last_row), u32::from_le_bytes(*end));
        Some(Head { last_row, end, impact: u16::from_le_bytes(*impact) })
    }

    fn head_bytes(&self, block: usize) -> Option<&'a [u8]> {
        let width = BLOCK_HEAD_BYTES + self.num_fields;
        self.heads.get(block * width..(block + 1) * width)
    }

    /// The first row that a block may have: the one after the last of the block before.
    pub(super) fn first_possible(&self, block: usize) -> Option<u32> {
        match block.checked_sub(1) {
            None => Some(0),
            Some(before) => self.head(before)?.last_row.checked_add(1),
        }
    }

    /// Unpacks a block of a segment of so many rows; nothing where its rows do not ascend, or are not there.
    pub(super) fn unpack(&self, block: usize, num_rows: u32, out: &mut Block) -> Option<()> {
        let mut next = self.first_possible(block)?;
        if block < self.num_full() {
            let head = self.head(block)?;
            let start = block.checked_sub(1).map_or(Some(0), |before| Some(self.head(before)?.end))?;
            let mut data = self.data.get(start as usize..head.end as usize)?;
            let bits = self.head_bytes(block)?.get(BLOCK_HEAD_BYTES - 1..)?;
            let columns = std::iter::once(&mut out.rows).chain(&mut out.counts);
            for (column, &bits) in columns.zip(bits) {
                let packed = varint::take_bytes(&mut data, (bits <= 32).then(|| packed_bytes(bits))?)?;
                unpack(packed, bits, column);
            }
            out.len = BLOCK;
            // Distances are less than 2^32 each, so that a sum that ends at the last row has never gone beyond.
            let mut after = u64::from(next);
            for row in &mut out.rows {
                after += u64::from(*row) + 1;
                *row = (after - 1) as u32;
            }
            return (data.is_empty() && after == u64::from(head.last_row) + 1 && head.last_row < num_rows)
                .then_some(());
        }
        let mut rest = self.left_over;
        for at in 0..self.num_left_over {
            let row = next.checked_add(varint::take(&mut rest)?).filter(|row| *row < num_rows)?;
            out.rows[at] = row;
            for counts in &mut out.counts {
                counts[at] = varint::take(&mut rest)?;
            }
            next = row + 1;
        }
        out.len = self.num_left_over;
        rest.is_empty().then_some(())
    }
}
