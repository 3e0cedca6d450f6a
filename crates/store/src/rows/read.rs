use super::{IDS, KEY_ORDER, KEYS, Section, Shape};
use crate::backend::FileBytes;
use crate::checksummed::Blocks;
use crate::wire::Take;
use crate::{Result, StoreError};
use std::cmp::Ordering;
use std::ops::Range;

/// Rows that can be read.
#[derive(Debug)]
pub(crate) struct Rows {
    source: RowBytes,
    shape: Shape,
    /// Ids in the place of those that are stored.
    ids: Option<Vec<[u8; 8]>>,
}

impl Rows {
    /// Checks that the bytes hold sections of these widths. Cost: the first block at most.
    pub(crate) fn open(source: RowBytes, widths: &[Option<u32>]) -> Result<Self> {
        let table = source.slice(0, Shape::table_bytes(widths))?;
        let shape = Shape::decode(table, widths).map_err(|what| source.corrupt(0, what))?;
        if shape.total_bytes() != source.rows.len() {
            let what =
                format!("its sections add up to {} bytes, not {}", shape.total_bytes(), source.rows.len());
            return Err(source.corrupt(0, what));
        }
        Ok(Self { source, shape, ids: None })
    }

    pub(crate) fn file(&self) -> &str {
        &self.source.file
    }

    /// The checksum that stands for the content of a segment; a batch has none.
    pub(crate) fn footer_crc(&self) -> Option<u32> {
        self.source.blocks.as_ref().map(|(blocks, _)| blocks.footer_crc())
    }

    /// All bytes that were opened, those around the rows included.
    pub(crate) fn whole(&self) -> &[u8] {
        &self.source.bytes
    }

    pub(crate) fn num_rows(&self) -> u32 {
        self.shape.num_rows()
    }

    pub(crate) fn sections(&self) -> &[Section] {
        self.shape.sections()
    }

    /// An error at `at` bytes from the start of the rows.
    pub(crate) fn corrupt(&self, at: usize, what: impl Into<String>) -> StoreError {
        self.source.corrupt(at, what)
    }

    /// Compares every block that was not compared yet. Cost: one pass over all bytes.
    pub(crate) fn compare_all(&self) -> Result<()> {
        self.source.compare_all()
    }

    /// The same rows with other ids: for those whose own cannot be read.
    pub(crate) fn with_ids(self, ids: Vec<[u8; 8]>) -> Self {
        Self { ids: Some(ids), ..self }
    }

    /// The offset of the first row of a section of varying rows: 0 if all is well.
    pub(crate) fn first_offset(&self, section: usize) -> Result<u64> {
        let at = self.sections()[section].offsets_at;
        Take::new(self.source.slice(at, at + 8)?)
            .u64()
            .ok_or_else(|| self.corrupt(at, "offsets are cut short"))
    }

    /// The dense bytes of a range of rows in a section of fixed width; the caller has checked the range.
    pub(crate) fn fixed(&self, section: &Section, width: u32, rows: Range<u32>) -> Result<&[u8]> {
        let width = width as usize;
        self.source
            .slice(section.data_at + rows.start as usize * width, section.data_at + rows.end as usize * width)
    }

    /// One row of one section; the caller has checked both.
    pub(crate) fn cell(&self, section: usize, row: u32) -> Result<&[u8]> {
        if let (IDS, Some(ids)) = (section, &self.ids) {
            return Ok(&ids[row as usize]);
        }
        let section = &self.sections()[section];
        if let Some(width) = section.width {
            return self.fixed(section, width, row..row + 1);
        }
        let at = section.offsets_at + row as usize * 8;
        let mut take = Take::new(self.source.slice(at, at + 16)?);
        match (take.u64(), take.u64()) {
            (Some(start), Some(end)) if start <= end && end <= section.data_bytes as u64 => {
                self.source.slice(section.data_at + start as usize, section.data_at + end as usize)
            }
            _ => Err(self.corrupt(at, format!("the offsets of row {row} do not fit its section"))),
        }
    }

    pub(crate) fn id(&self, row: u32) -> Result<u64> {
        let cell = self.cell(IDS, row)?;
        Take::new(cell).u64().ok_or_else(|| self.corrupt(self.sections()[IDS].data_at, "an id is cut short"))
    }

    pub(crate) fn key(&self, row: u32) -> Result<&str> {
        std::str::from_utf8(self.cell(KEYS, row)?).map_err(|error| {
            self.corrupt(self.sections()[KEYS].data_at, format!("the key of row {row} is not UTF-8: {error}"))
        })
    }

    /// The row at one place of the key order.
    pub(crate) fn ordered(&self, place: u32) -> Result<u32> {
        let row = Take::new(self.cell(KEY_ORDER, place)?).u32().unwrap_or(u32::MAX);
        if row < self.num_rows() {
            return Ok(row);
        }
        let at = self.sections()[KEY_ORDER].data_at + place as usize * 4;
        Err(self.corrupt(at, format!("the key order names row {row} of {}", self.num_rows())))
    }

    /// The place in the key order of the first key that is not below this one. Cost: O(log rows) reads.
    pub(crate) fn place_of(&self, key: &str) -> Result<u32> {
        self.place_behind(|other| other < key.as_bytes())
    }

    /// The places in the key order of all keys that begin with some text. Cost: O(log rows) reads.
    pub(crate) fn places_with_prefix(&self, prefix: &str) -> Result<Range<u32>> {
        let prefix = prefix.as_bytes();
        Ok(self.place_behind(|key| key < prefix)?
            ..self.place_behind(|key| key < prefix || key.starts_with(prefix))?)
    }

    /// The place behind the first keys of the order, for which something holds that holds for no other.
    fn place_behind(&self, is_before: impl Fn(&[u8]) -> bool) -> Result<u32> {
        let mut places = 0..self.num_rows();
        while !places.is_empty() {
            let middle = places.start + (places.end - places.start) / 2;
            match is_before(self.cell(KEYS, self.ordered(middle)?)?) {
                true => places.start = middle + 1,
                false => places.end = middle,
            }
        }
        Ok(places.start)
    }

    /// The row of a key. Cost: O(log rows) reads.
    pub(crate) fn find(&self, key: &str) -> Result<Option<u32>> {
        let mut places = 0..self.num_rows();
        while !places.is_empty() {
            let middle = places.start + (places.end - places.start) / 2;
            let row = self.ordered(middle)?;
            match self.cell(KEYS, row)?.cmp(key.as_bytes()) {
                Ordering::Less => places.start = middle + 1,
                Ordering::Greater => places.end = middle,
                Ordering::Equal => return Ok(Some(row)),
            }
        }
        Ok(None)
    }
}

/// The bytes of some rows: a mapped segment, whose blocks are compared at first touch, or a batch in memory that
/// was compared as a whole.
#[derive(Debug)]
pub(crate) struct RowBytes {
    pub(crate) bytes: FileBytes,
    /// The place of the rows in `bytes`.
    pub(crate) rows: Range<usize>,
    /// The blocks, and the end of what they cover from byte 0 on.
    pub(crate) blocks: Option<(Blocks, usize)>,
    pub(crate) file: String,
    /// Start of `bytes` in the file, for messages.
    pub(crate) file_at: u64,
}

impl RowBytes {
    /// The bytes from `start` to `end` of the rows.
    fn slice(&self, start: usize, end: usize) -> Result<&[u8]> {
        let (start, end) = (self.rows.start + start, self.rows.start + end);
        let (Some(bytes), true) = (self.bytes.get(start..end), end <= self.rows.end) else {
            let what = format!("bytes {start}..{end} are named, there are {}", self.rows.end);
            return Err(StoreError::corrupt(&self.file, self.file_at, what));
        };
        match &self.blocks {
            Some((blocks, covered)) => blocks.read(&self.bytes[..*covered], start, end, &self.file),
            None => Ok(bytes),
        }
    }

    /// Compares every block, those beside the rows included.
    fn compare_all(&self) -> Result<()> {
        match &self.blocks {
            Some((blocks, covered)) => blocks.compare_all(&self.bytes[..*covered], &self.file),
            None => Ok(()),
        }
    }

    /// An error at `at` bytes from the start of the rows.
    fn corrupt(&self, at: usize, what: impl Into<String>) -> StoreError {
        StoreError::corrupt(&self.file, self.file_at + (self.rows.start + at) as u64, what)
    }
}
