use super::file_name;
use crate::backend::{Backend, FileWriter};
use crate::header::{Header, Kind};
use crate::manifest::SegmentRecord;
use crate::rows::{BLOCK_BYTES, Encoder, RowSource};
use crate::view::PartView;
use crate::{Result, StoreError};

/// The live rows of some parts, one part after another.
pub(crate) struct Copied<'a> {
    parts: Vec<&'a PartView>,
    /// Position in `parts`, and row.
    rows: Vec<(u32, u32)>,
}

impl<'a> Copied<'a> {
    pub(crate) fn new(parts: Vec<&'a PartView>) -> Self {
        let mut rows = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let live = (0..part.num_rows()).filter(|&row| !part.is_deleted(row));
            rows.extend(live.map(|row| (at as u32, row)));
        }
        Self { parts, rows }
    }
}

impl RowSource for Copied<'_> {
    fn num_rows(&self) -> usize {
        self.rows.len()
    }

    fn cell(&self, section: usize, row: usize) -> Result<&[u8]> {
        let (part, row) = self.rows[row];
        self.parts[part as usize].rows().cell(section, row)
    }
}

/// Cuts what it is given into blocks, and takes the checksum of each.
struct BlockWriter<'a> {
    file: Box<dyn FileWriter>,
    name: &'a str,
    block: Vec<u8>,
    footer: Vec<u8>,
}

impl BlockWriter<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK_BYTES - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK_BYTES {
                self.end_block()?;
            }
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        if !self.block.is_empty() {
            self.footer.extend_from_slice(&crc32fast::hash(&self.block).to_le_bytes());
            self.file.write(&self.block).map_err(StoreError::io("write", self.name))?;
            self.block.clear();
        }
        Ok(())
    }

    /// Ends the file with its footer, makes it durable, and returns the footer's checksum.
    fn finish(mut self) -> Result<(u32, u64)> {
        self.end_block()?;
        let crc = crc32fast::hash(&self.footer);
        self.footer.extend_from_slice(&crc.to_le_bytes());
        self.file.write(&self.footer).map_err(StoreError::io("write", self.name))?;
        self.file.sync().map_err(StoreError::io("sync", self.name))?;
        Ok((crc, self.footer.len() as u64))
    }
}

/// Writes a segment and makes its bytes durable; its name becomes so with the folder's next sync.
///
/// Cost: every live row is read and written once; memory for one block and about 40 bytes per row.
pub(crate) fn write(
    backend: &dyn Backend,
    number: u64,
    source: &dyn RowSource,
    widths: &[Option<u32>],
) -> Result<SegmentRecord> {
    let name = file_name(number);
    let encoder = Encoder::new(source, widths)?;
    let rows_bytes = encoder.shape().total_bytes() as u64;
    let header = Header::new(Kind::Segment, number, rows_bytes).encode();
    let file = backend.create(&name).map_err(StoreError::io("create", &name))?;
    let mut blocks =
        BlockWriter { file, name: &name, block: Vec::with_capacity(BLOCK_BYTES), footer: Vec::new() };
    blocks.write(&header)?;
    encoder.write(&mut |bytes| blocks.write(bytes))?;
    let (footer_crc, footer_bytes) = blocks.finish()?;
    Ok(SegmentRecord {
        number,
        file_bytes: header.len() as u64 + rows_bytes + footer_bytes,
        footer_crc,
        num_rows: encoder.shape().num_rows(),
        deleted: roaring::RoaringBitmap::new().into(),
    })
}
