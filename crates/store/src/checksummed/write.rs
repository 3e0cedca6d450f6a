use super::{BLOCK_BYTES, ChecksummedFile, HEAD_BYTES, PIECE_BYTES, piece_sum};
use crate::backend::{Backend, FileWriter};
use crate::header::{Header, Kind};
use crate::wire::ALIGNMENT;
use crate::{Result, StoreError};

/// Cuts what it is given into blocks and pieces, and takes the checksum of each.
pub(crate) struct ChecksummedWriter {
    file: Box<dyn FileWriter>,
    name: String,
    number: u64,
    written_bytes: u64,
    /// The bytes of a block that is not complete yet.
    block: Vec<u8>,
    /// The bytes that stand twice.
    head: Vec<u8>,
    pieces: Vec<u8>,
    footer: Vec<u8>,
}

impl ChecksummedWriter {
    /// Starts a file with its header; `length` is that of the content to come. Cost: memory for one block, and for four
    /// bytes of each KiB.
    pub(crate) fn create(
        backend: &dyn Backend,
        name: String,
        kind: Kind,
        number: u64,
        length: u64,
    ) -> Result<Self> {
        let file = backend.create(&name).map_err(StoreError::io("create", &name))?;
        Self::over(file, name, kind, number, length)
    }

    /// The same over a file that was opened.
    pub(crate) fn over(
        file: Box<dyn FileWriter>,
        name: String,
        kind: Kind,
        number: u64,
        length: u64,
    ) -> Result<Self> {
        let (block, head) = (Vec::with_capacity(BLOCK_BYTES), Vec::with_capacity(HEAD_BYTES));
        let (pieces, footer) = Default::default();
        let mut writer = Self { file, name, number, written_bytes: 0, block, head, pieces, footer };
        writer.write(&Header::new(kind, number, length).encode())?;
        Ok(writer)
    }

    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.written_bytes += bytes.len() as u64;
        let missing = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK_BYTES - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK_BYTES {
                self.sum_pieces(0);
                self.end_block()?;
            }
        }
        Ok(())
    }

    /// Takes the checksums of the pieces of a block, from one of its bytes on.
    fn sum_pieces(&mut self, from: usize) {
        for piece in self.block[from..].chunks(PIECE_BYTES) {
            self.pieces.extend_from_slice(&piece_sum(piece));
        }
    }

    fn end_block(&mut self) -> Result<()> {
        if !self.block.is_empty() {
            self.footer.extend_from_slice(&crc32fast::hash(&self.block).to_le_bytes());
            self.file.write(&self.block).map_err(StoreError::io("write", &self.name))?;
            self.block.clear();
        }
        Ok(())
    }

    /// Pads the content, ends the file with head, pieces and footers, and makes its bytes durable; its name becomes so
    /// with the folder's next sync.
    pub(crate) fn finish(mut self) -> Result<ChecksummedFile> {
        self.pad()?;
        let head = std::mem::take(&mut self.head);
        self.write(&head)?;
        self.sum_pieces(0);
        let pieces = std::mem::take(&mut self.pieces);
        self.write_uncounted(&pieces)?;
        self.pad()?;
        self.end_block()?;
        let footer_crc = crc32fast::hash(&self.footer);
        self.footer.extend_from_slice(&footer_crc.to_le_bytes());
        let footers = self.footer.repeat(2);
        self.file.write(&footers).map_err(StoreError::io("write", &self.name))?;
        self.file.sync().map_err(StoreError::io("sync", &self.name))?;
        let file_bytes = self.written_bytes + footers.len() as u64;
        Ok(ChecksummedFile { number: self.number, file_bytes, footer_crc })
    }

    fn pad(&mut self) -> Result<()> {
        match (self.written_bytes % ALIGNMENT as u64) as usize {
            0 => Ok(()),
            used => self.write(&[0; ALIGNMENT][used..]),
        }
    }

    /// Writes checksums of pieces, of which there are none in turn.
    fn write_uncounted(&mut self, pieces: &[u8]) -> Result<()> {
        self.write(pieces)?;
        self.pieces.clear();
        Ok(())
    }
}

/// A file of the older form, and its footer's checksum: for one that is made again.
pub(crate) fn encode_plain(kind: Kind, number: u64, content: &[u8]) -> (Vec<u8>, u32) {
    let version = *kind.versions().end() - 1;
    let header = Header { version, ..Header::new(kind, number, content.len() as u64) };
    let mut bytes = [&header.encode()[..], content].concat();
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    let sums: Vec<u8> =
        bytes.chunks(BLOCK_BYTES).flat_map(|block| crc32fast::hash(block).to_le_bytes()).collect();
    let footer_crc = crc32fast::hash(&sums);
    bytes.extend_from_slice(&sums);
    bytes.extend_from_slice(&footer_crc.to_le_bytes());
    (bytes, footer_crc)
}
