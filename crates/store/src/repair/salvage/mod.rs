//! Puts a damaged file together again from what its checksums tell.

mod bits;
mod blocks;
mod footer;
mod pieces;

use crate::Result;
use crate::backend::{AlignedBytes, FileBytes};
use crate::checksummed::{Blocks, ByteOrder, Checksummed, ChecksummedFile, Form, PIECE_BYTES, Parts};
use crate::header::Kind;
use blocks::Mending;
use footer::{Footer, footer};

/// The bytes of a damaged file, as many as are known.
pub(super) struct Salvaged {
    bytes: AlignedBytes,
    parts: Parts,
    footer_crc: u32,
    /// Checksums of blocks, or of pieces where a block is not whole.
    sums: Vec<u8>,
    /// One line for each thing that was put right.
    pub(super) notes: Vec<String>,
    /// True if every byte is the one that was written.
    pub(super) is_whole: bool,
}

/// Puts right what the checksums of a file allow: its end, its footers, its head, single bits of its blocks and pieces.
/// Two wrong bits are put back wherever they are. Nothing when not even the checksums of its blocks are known.
pub(super) fn salvage(found: &[u8], record: &ChecksummedFile, kind: Kind) -> Option<Salvaged> {
    debug_assert!(kind != Kind::Manifest);
    let length = usize::try_from(record.file_bytes).ok()?;
    // The header may be what is damaged: the checksums tell the form.
    [Form::Pieces, Form::Plain].into_iter().find_map(|form| {
        let parts = form.parts_of_length(length)?;
        let footer = (found.len() >= parts.covered).then(|| footer(found, &parts, record.footer_crc))??;
        Some(in_either_order(found, parts, &footer, record.footer_crc))
    })
}

/// The file, with the checksums of its pieces taken in the order that fits one at least; in the other where none fits and
/// only that makes the file whole.
fn in_either_order(found: &[u8], parts: Parts, footer: &Footer, footer_crc: u32) -> Salvaged {
    let mending = |order| Mending::new(found, parts, footer, order);
    let backward = mending(ByteOrder::Backward);
    if !backward.has_pieces() || backward.num_good_pieces() > 0 {
        return backward.mended(footer_crc);
    }
    let forward = mending(ByteOrder::Forward);
    if forward.num_good_pieces() > 0 {
        return forward.mended(footer_crc);
    }
    let (backward, forward) = (backward.mended(footer_crc), forward.mended(footer_crc));
    if forward.is_whole && !backward.is_whole { forward } else { backward }
}

impl Mending {
    fn mended(mut self, footer_crc: u32) -> Salvaged {
        self.mend();
        let is_whole = self.bad_blocks().is_empty();
        let sums = if is_whole || !self.has_pieces() { self.sums.clone() } else { self.known_pieces() };
        let Self { bytes, parts, notes, .. } = self;
        Salvaged { bytes, parts, footer_crc, sums, notes, is_whole }
    }

    /// Puts right what can be, the likeliest damage first.
    fn mend(&mut self) {
        let mut bad = self.bad_blocks();
        if self.mend_one_bit_of_each(&bad) {
            return;
        }
        // What was put right may tell more: a block holds the checksums of pieces of others.
        let mut num_notes = None;
        while !bad.is_empty() && num_notes != Some(self.notes.len()) {
            num_notes = Some(self.notes.len());
            for block in bad {
                if !self.mend_one_bit(block) && !self.mend_two_bits(block) && !self.rebuild(block) {
                    self.mend_pieces(block);
                }
            }
            bad = self.bad_blocks();
        }
    }
}

impl Salvaged {
    /// The file as if it had been opened: what is not known is an error when it is read.
    pub(super) fn open(self, file: &str, kind: Kind, number: u64) -> Result<Checksummed> {
        let blocks = match self.is_whole {
            true => Blocks::new(&self.sums),
            false if self.parts.form == Form::Plain => Blocks::new(&self.sums),
            false => Blocks::of(PIECE_BYTES, &self.sums),
        };
        Checksummed::of(self.bytes.into(), self.parts, blocks, (file, kind), number)
    }

    /// All bytes of the file, if it is whole.
    pub(super) fn into_bytes(self) -> FileBytes {
        let own = [&self.sums[..], &self.footer_crc.to_le_bytes()].concat();
        let mut whole = AlignedBytes::with_capacity(self.parts.length);
        whole.append(&self.bytes[..self.parts.covered]);
        for _ in 0..(self.parts.length - self.parts.covered) / own.len() {
            whole.append(&own);
        }
        whole.into()
    }
}
