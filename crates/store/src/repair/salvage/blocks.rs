use super::footer::Footer;
use crate::backend::AlignedBytes;
use crate::checksummed::{BLOCK_BYTES, ByteOrder, Form, PIECE_BYTES, Parts, piece_crc};
use crate::repair::bit_flip;
use std::ops::Range;

/// A file whose blocks are put right one by one, each as its checksum says.
#[derive(Debug)]
pub(super) struct Mending {
    pub(super) bytes: AlignedBytes,
    pub(super) parts: Parts,
    /// The checksums of blocks, which the manifest vouches for.
    pub(super) sums: Vec<u8>,
    pub(super) order: ByteOrder,
    /// One line for each thing that was put right.
    pub(super) notes: Vec<String>,
}

impl Mending {
    /// A copy of the bytes that were found, which are those before the footers at least.
    pub(super) fn new(found: &[u8], parts: Parts, footer: &Footer, order: ByteOrder) -> Self {
        let mut bytes = AlignedBytes::with_capacity(parts.covered);
        bytes.append(&found[..parts.covered]);
        let mut notes = Vec::new();
        if found.len() > parts.length {
            notes.push(format!("{} bytes stood behind its end", found.len() - parts.length));
        }
        notes.extend(footer.note.clone());
        Self { bytes, parts, sums: footer.sums.clone(), order, notes }
    }

    /// The blocks whose bytes are not those that were written.
    pub(super) fn bad_blocks(&self) -> Vec<usize> {
        (0..self.sums.len() / 4).filter(|&block| !self.is_good(block)).collect()
    }

    /// The place of a block.
    pub(super) fn block(&self, block: usize) -> Range<usize> {
        block * BLOCK_BYTES..self.parts.covered.min((block + 1) * BLOCK_BYTES)
    }

    /// The checksum of a block as it is, less the one that it had: 0 if it is right.
    pub(super) fn difference(&self, block: usize) -> u32 {
        let sum = self.sums.as_chunks().0.get(block).map_or(0, |sum| u32::from_le_bytes(*sum));
        crc32fast::hash(&self.bytes[self.block(block)]) ^ sum
    }

    pub(super) fn is_good(&self, block: usize) -> bool {
        self.difference(block) == 0
    }

    /// The CRC-32 that a piece had, as the file has it.
    pub(super) fn piece_crc(&self, piece: usize) -> u32 {
        let stored = self.bytes[self.parts.piece_sum(piece)].first_chunk().copied();
        piece_crc(stored.unwrap_or_default())
    }

    /// The checksum of a piece as it is, less the one that is stored.
    pub(super) fn piece_difference(&self, piece: usize) -> u32 {
        self.order.crc(&self.bytes[self.parts.piece(piece)]) ^ self.piece_crc(piece)
    }

    /// True if a piece has the checksum that is stored.
    pub(super) fn is_good_piece(&self, piece: usize) -> bool {
        self.piece_difference(piece) == 0
    }

    /// The bit of the file that a bit of a piece is, counted in the order in which its checksum takes bytes.
    pub(super) fn bit_of_piece(&self, piece: usize, bit: usize) -> usize {
        let place = self.parts.piece(piece);
        let byte = match self.order {
            ByteOrder::Backward => place.end - 1 - bit / 8,
            ByteOrder::Forward => place.start + bit / 8,
        };
        8 * byte + bit % 8
    }

    /// The pieces that a block holds.
    pub(super) fn pieces_in(&self, block: usize) -> Range<usize> {
        let (place, num_pieces) = (self.block(block), self.parts.num_pieces());
        (place.start / PIECE_BYTES).min(num_pieces)..place.end.div_ceil(PIECE_BYTES).min(num_pieces)
    }

    /// The pieces whose checksums a block holds.
    pub(super) fn sums_in(&self, block: usize) -> Range<usize> {
        let (place, sums) = (self.block(block), self.parts.pieces_at);
        let piece = |at: usize| (at.saturating_sub(sums) / 4).min(self.parts.num_pieces());
        piece(place.start)..piece(place.end)
    }

    /// The pieces that do not have the checksum that is stored, where the block holds either.
    pub(super) fn suspects(&self, block: usize) -> Vec<usize> {
        let pieces = self.pieces_in(block);
        let others = self.sums_in(block).filter(|piece| !pieces.contains(piece));
        pieces.clone().chain(others).filter(|&piece| !self.is_good_piece(piece)).collect()
    }

    /// True if a piece, or its checksum, stands in a block that is not right.
    pub(super) fn is_in_bad_block(&self, piece: usize) -> bool {
        [self.parts.piece(piece).start, self.parts.piece_sum(piece).start]
            .iter()
            .any(|at| !self.is_good(at / BLOCK_BYTES))
    }

    pub(super) fn is_padding_zero(&self) -> bool {
        self.bytes[self.parts.padding()].iter().all(|&byte| byte == 0)
    }

    /// Changes bits of the file.
    pub(super) fn flip(&mut self, bits: &[usize]) {
        bit_flip::flip(self.bytes.as_mut_slice(), bits);
    }

    /// Tells of bits that were put back.
    pub(super) fn note_bits(&mut self, bits: &[usize]) {
        self.notes.push(bit_flip::told(bits, 0));
    }

    /// Checksums of pieces that a reader compares: none fits a piece of which it is not known that it is right.
    pub(super) fn known_pieces(&self) -> Vec<u8> {
        let are_good: Vec<bool> = (0..self.sums.len() / 4).map(|block| self.is_good(block)).collect();
        let sums = (0..self.parts.num_pieces()).flat_map(|piece| {
            let place = self.parts.piece(piece);
            let found = crc32fast::hash(&self.bytes[place.clone()]);
            let is_known = are_good[place.start / BLOCK_BYTES] || self.is_good_piece(piece);
            (if is_known { found } else { !found }).to_le_bytes()
        });
        sums.collect()
    }

    /// The pieces that have the checksum that is stored.
    pub(super) fn num_good_pieces(&self) -> usize {
        (0..self.parts.num_pieces()).filter(|&piece| self.is_good_piece(piece)).count()
    }

    pub(super) fn has_pieces(&self) -> bool {
        self.parts.form == Form::Pieces
    }
}
