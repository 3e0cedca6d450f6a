use super::{FIRST_COLUMN, IDS, KEY_ORDER, KEYS, Section, Shape};
use crate::wire::ALIGNMENT;
use crate::{Result, StoreError};

/// The rows that an [`Encoder`] writes.
pub(crate) trait RowSource {
    fn num_rows(&self) -> usize;

    /// The bytes of one row in one section, any but [`KEY_ORDER`].
    fn cell(&self, section: usize, row: usize) -> Result<&[u8]>;
}

/// Writes rows in the common form, front to back, without holding more than the order of their keys.
pub(crate) struct Encoder<'a> {
    source: &'a dyn RowSource,
    shape: Shape,
    key_order: Vec<u8>,
}

impl<'a> Encoder<'a> {
    /// Measures and sorts. Cost: one pass over the lengths of the varying sections, O(rows log rows) for the keys.
    pub(crate) fn new(source: &'a dyn RowSource, widths: &[Option<u32>]) -> Result<Self> {
        let too_large =
            |found| StoreError::Limit { what: "a number of rows", found, limit: u64::from(u32::MAX) };
        let num_rows = u32::try_from(source.num_rows()).map_err(|_| too_large(source.num_rows() as u64))?;
        let mut sizes = Vec::with_capacity(widths.len());
        for (section, &width) in widths.iter().enumerate() {
            let data_bytes = match width {
                Some(width) => u64::from(width) * u64::from(num_rows),
                None => varying_bytes(source, section)?,
            };
            sizes.push((width, data_bytes));
        }
        let shape = Shape::place(num_rows, &sizes).ok_or_else(|| too_large(u64::from(num_rows)))?;
        Ok(Self { source, shape, key_order: key_order(source, num_rows)? })
    }

    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Gives all bytes to `sink`, in order and in any number of pieces.
    pub(crate) fn write(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let table = self.shape.encode();
        sink(&table)?;
        pad(table.len(), sink)?;
        for (at, section) in self.shape.sections().iter().enumerate() {
            self.write_section(at, section, sink)?;
        }
        Ok(())
    }

    fn write_section(
        &self,
        at: usize,
        section: &Section,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let num_rows = self.source.num_rows();
        if section.width.is_none() {
            let mut end = 0u64;
            sink(&end.to_le_bytes())?;
            for row in 0..num_rows {
                end += self.source.cell(at, row)?.len() as u64;
                sink(&end.to_le_bytes())?;
            }
            pad((num_rows + 1) * 8, sink)?;
        }
        if at == KEY_ORDER {
            sink(&self.key_order)?;
        } else {
            for row in 0..num_rows {
                sink(self.source.cell(at, row)?)?;
            }
        }
        pad(section.data_bytes, sink)
    }
}

fn varying_bytes(source: &dyn RowSource, section: usize) -> Result<u64> {
    let mut total = 0;
    for row in 0..source.num_rows() {
        total += source.cell(section, row)?.len() as u64;
    }
    Ok(total)
}

fn key_order(source: &dyn RowSource, num_rows: u32) -> Result<Vec<u8>> {
    let mut keys = Vec::with_capacity(num_rows as usize);
    for row in 0..num_rows {
        keys.push((source.cell(KEYS, row as usize)?, row));
    }
    keys.sort_unstable();
    Ok(keys.iter().flat_map(|(_, row)| row.to_le_bytes()).collect())
}

fn pad(written: usize, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    match written % ALIGNMENT {
        0 => Ok(()),
        used => sink(&[0; ALIGNMENT][used..]),
    }
}

/// Rows given by value, as a batch brings them.
#[derive(Debug, Default)]
pub(crate) struct OwnedRows<'a> {
    pub(crate) ids: Vec<[u8; 8]>,
    pub(crate) keys: Vec<&'a str>,
    pub(crate) columns: Vec<&'a [Vec<u8>]>,
}

impl RowSource for OwnedRows<'_> {
    fn num_rows(&self) -> usize {
        self.keys.len()
    }

    fn cell(&self, section: usize, row: usize) -> Result<&[u8]> {
        Ok(match section {
            IDS => &self.ids[row],
            KEYS => self.keys[row].as_bytes(),
            column => &self.columns[row][column - FIRST_COLUMN],
        })
    }
}
