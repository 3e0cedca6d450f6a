use super::{BLOCK_BYTES, SealedFile};
use crate::backend::{Backend, FileWriter};
use crate::header::{Header, Kind};
use crate::wire::ALIGNMENT;
use crate::{Result, StoreError};

/// Cuts what it is given into blocks, and takes the checksum of each.
pub(crate) struct SealedWriter {
    file: Box<dyn FileWriter>,
    name: String,
    number: u64,
    written_bytes: u64,
    block: Vec<u8>,
    footer: Vec<u8>,
}

impl SealedWriter {
    /// Starts a file with its header; `length` is that of the content to come. Cost: memory for one block.
    pub(crate) fn create(
        backend: &dyn Backend,
        name: String,
        kind: Kind,
        number: u64,
        length: u64,
    ) -> Result<Self> {
        let file = backend.create(&name).map_err(StoreError::io("create", &name))?;
        let block = Vec::with_capacity(BLOCK_BYTES);
        let mut writer = Self { file, name, number, written_bytes: 0, block, footer: Vec::new() };
        writer.write(&Header::new(kind, number, length).encode())?;
        Ok(writer)
    }

    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.written_bytes += bytes.len() as u64;
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
            self.file.write(&self.block).map_err(StoreError::io("write", &self.name))?;
            self.block.clear();
        }
        Ok(())
    }

    /// Pads the content, ends the file with its footer and makes its bytes durable; its name becomes so with the
    /// folder's next sync.
    pub(crate) fn finish(mut self) -> Result<SealedFile> {
        let used = (self.written_bytes % ALIGNMENT as u64) as usize;
        if used > 0 {
            self.write(&[0; ALIGNMENT][used..])?;
        }
        self.end_block()?;
        let footer_crc = crc32fast::hash(&self.footer);
        self.footer.extend_from_slice(&footer_crc.to_le_bytes());
        self.file.write(&self.footer).map_err(StoreError::io("write", &self.name))?;
        self.file.sync().map_err(StoreError::io("sync", &self.name))?;
        let file_bytes = self.written_bytes + self.footer.len() as u64;
        Ok(SealedFile { number: self.number, file_bytes, footer_crc })
    }
}
