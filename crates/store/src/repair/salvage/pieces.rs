//! Blocks with more than two wrong bits: what their pieces say, and what can be made again from the rest.

use super::blocks::Mending;
use crate::checksummed::{BLOCK_BYTES, HEAD_BYTES};
use crate::repair::bit_flip;
use std::ops::Range;

/// Ways to put bits of several pieces back that are tried.
const MAX_WAYS: usize = 256;

impl Mending {
    /// Puts pieces of a block right, one by one: from the copy of the head, or by one bit; then by two bits in each of those
    /// that are left, if there is one way that makes the block right.
    pub(super) fn mend_pieces(&mut self, block: usize) {
        for piece in self.pieces_in(block) {
            if !self.is_good_piece(piece) {
                self.mend_piece(piece);
            }
        }
        if !self.is_good(block) {
            self.mend_pairs(block);
        }
    }

    fn mend_piece(&mut self, piece: usize) {
        let (place, crc) = (self.parts.piece(piece), self.piece_crc(piece));
        let head = place.start..place.end.min(HEAD_BYTES).min(self.parts.content_end);
        if !head.is_empty() {
            let copy = self.parts.content_end + head.start..self.parts.content_end + head.end;
            let again = [&self.bytes[copy], &self.bytes[head.end..place.end]].concat();
            if self.order.crc(&again) == crc {
                self.bytes.as_mut_slice()[place.clone()].copy_from_slice(&again);
                self.notes.push(format!("bytes from {} were damaged, and stand twice", place.start));
                return;
            }
        }
        if let Some(bit) = bit_flip::one(place.len(), self.piece_difference(piece)) {
            let bit = self.bit_of_piece(piece, bit);
            self.flip(&[bit]);
            self.note_bits(&[bit]);
        }
    }

    /// Puts two bits of each bad piece back, if the whole block is right with them: nothing else tells.
    fn mend_pairs(&mut self, block: usize) {
        let bad: Vec<usize> = self.pieces_in(block).filter(|&piece| !self.is_good_piece(piece)).collect();
        let mut ways: Vec<Vec<usize>> = vec![Vec::new()];
        for piece in bad {
            let length = self.parts.piece(piece).len();
            let pairs = bit_flip::pairs(length, self.piece_difference(piece), |_| true);
            let longer = ways.iter().flat_map(|way| {
                let bits = pairs.iter().map(|pair| pair.map(|bit| self.bit_of_piece(piece, bit)));
                bits.map(|bits| [&way[..], &bits].concat()).collect::<Vec<_>>()
            });
            ways = longer.take(MAX_WAYS + 1).collect();
            if ways.is_empty() || ways.len() > MAX_WAYS {
                return;
            }
        }
        ways.retain(|way| {
            self.flip(way);
            let is_good = self.is_good(block);
            self.flip(way);
            is_good
        });
        if let [way] = &ways[..] {
            self.flip(way);
            way.chunks(2).for_each(|pair| self.note_bits(pair));
        }
    }

    /// Makes what a block holds of the second head, or of the first, and of the checksums of pieces again from what they
    /// were made of; true if the block is right then.
    pub(super) fn rebuild(&mut self, block: usize) -> bool {
        if !self.has_pieces() {
            return false;
        }
        let place = self.block(block);
        let before = self.bytes[place.clone()].to_vec();
        for (head, note) in [
            (None, None),
            (Some(Head::First), Some("its start was damaged, and stands twice")),
            (Some(Head::Second), Some("the copy of its start was damaged")),
        ] {
            for with_sums in [false, true] {
                if let Some(head) = head {
                    self.copy_head(head, &place);
                }
                if with_sums {
                    self.make_sums(block);
                }
                if self.is_good(block) {
                    self.notes.extend(note.map(str::to_owned));
                    if with_sums {
                        self.notes.push("checksums of pieces were damaged, what they cover was not".into());
                    }
                    return true;
                }
                self.bytes.as_mut_slice()[place.clone()].copy_from_slice(&before);
            }
        }
        false
    }

    /// Writes what a block holds of one head from the other.
    fn copy_head(&mut self, head: Head, block: &Range<usize>) {
        let (length, content) = (self.parts.content_end.min(HEAD_BYTES), self.parts.content_end);
        let (to, from) = match head {
            Head::First => (0..length, content),
            Head::Second => (content..content + length, 0),
        };
        let within = to.start.max(block.start)..to.end.min(block.end);
        if !within.is_empty() {
            let from = from + within.start - to.start;
            self.bytes.as_mut_slice().copy_within(from..from + within.len(), within.start);
        }
    }

    /// Makes the checksums anew that a block holds, but for those of pieces in other blocks that are not right.
    fn make_sums(&mut self, block: usize) {
        let place = self.block(block);
        let (mut other, mut is_known) = (block, true);
        for piece in self.sums_in(block) {
            let of = self.parts.piece(piece).start / BLOCK_BYTES;
            if of != other {
                (other, is_known) = (of, of == block || self.is_good(of));
            }
            if is_known {
                let made = self.order.sum(&self.bytes[self.parts.piece(piece)]);
                let at = self.parts.piece_sum(piece);
                self.bytes.as_mut_slice()[at].copy_from_slice(&made);
            }
        }
        let padding = self.parts.padding();
        let padding = padding.start.max(place.start)..padding.end.min(place.end);
        if !padding.is_empty() {
            self.bytes.as_mut_slice()[padding].fill(0);
        }
    }
}

/// One of the two places where the start of a file stands.
#[derive(Debug, Clone, Copy)]
enum Head {
    First,
    Second,
}
