//! One or two wrong bits of a block.
//!
//! The checksum of a block alone says too little: other damage of 64 KiB looks like one wrong bit one time in 8,000, like
//! two it always does. So a change counts that makes the block right *and* every piece that the block holds, or whose
//! checksum it holds. Where one or two bits of a block are wrong, that is said of the change that puts them back, and of
//! no other but by a chance of one in some millions of cases, of which the report then tells: two changes of two bits differ in
//! at most four. In one piece these do not escape both of its checksums (`ByteOrder`); in two pieces each has a bit or two,
//! which the checksum of that piece sees; and where bits of the checksums of pieces differ, their factor makes two sums of 32 bits
//! agree by chance only.

use super::blocks::Mending;
use crate::checksummed::HEAD_BYTES;
use crate::repair::bit_flip;

impl Mending {
    /// Puts one bit of each block back, if everything fits then: a piece may be in one of them, and its checksum in another.
    pub(super) fn mend_one_bit_of_each(&mut self, blocks: &[usize]) -> bool {
        let mut bits = Vec::new();
        for &block in blocks {
            match self.one_bit(block) {
                Some(bit) => bits.push(bit),
                None => return false,
            }
        }
        self.flip(&bits);
        let fits = self.is_padding_zero() && blocks.iter().all(|&block| self.suspects(block).is_empty());
        if fits {
            bits.iter().for_each(|&bit| self.note_bits(&[bit]));
        } else {
            self.flip(&bits);
        }
        fits
    }

    /// The bit that makes a block right.
    fn one_bit(&self, block: usize) -> Option<usize> {
        let place = self.block(block);
        Some(8 * place.start + bit_flip::one(place.len(), self.difference(block))?)
    }

    /// Puts one bit of a block back. Where the other of piece and checksum is in a block that is not right, it has to be of
    /// the only piece that does not fit: other damage looks like that one time in half a million.
    pub(super) fn mend_one_bit(&mut self, block: usize) -> bool {
        let Some(bit) = self.one_bit(block) else { return false };
        let before = self.suspects(block);
        self.flip(&[bit]);
        let (after, touched) = (self.suspects(block), self.parts.piece_of(bit / 8));
        let is_excused =
            |piece: usize| Some(piece) == touched && before == [piece] && self.is_in_bad_block(piece);
        let fits = self.is_padding_zero() && after.iter().all(|&piece| is_excused(piece));
        if fits {
            self.note_bits(&[bit]);
        } else {
            self.flip(&[bit]);
        }
        fits
    }

    /// Puts two bits of a block back, if there is one way to do that.
    pub(super) fn mend_two_bits(&mut self, block: usize) -> bool {
        let suspects = self.suspects(block);
        if !self.has_pieces() || suspects.len() > 2 {
            return false;
        }
        let place = self.block(block);
        // Where all pieces fit, both are zeros in the wrong place, or hide each other.
        let is_asked = |byte: usize| {
            let piece = self.parts.piece_of(place.start + byte);
            suspects.is_empty() || piece.is_none_or(|piece| suspects.contains(&piece))
        };
        let pairs = bit_flip::pairs(place.len(), self.difference(block), is_asked);
        let pairs = pairs.into_iter().map(|pair| pair.map(|bit| 8 * place.start + bit));
        let mut fitting: Vec<[usize; 2]> = pairs.filter(|pair| self.fits_with(pair, &suspects)).collect();
        if fitting.len() > 1 {
            fitting.retain(|pair| self.with(pair, Self::is_head_twice));
        }
        let [pair] = fitting[..] else { return false };
        self.flip(&pair);
        self.note_bits(&pair);
        true
    }

    fn with(&mut self, bits: &[usize], holds: impl Fn(&Self) -> bool) -> bool {
        self.flip(bits);
        let holds = holds(self);
        self.flip(bits);
        holds
    }

    /// True if the pieces of these bits, and others that did not fit, do so once the bits are changed.
    fn fits_with(&mut self, bits: &[usize], suspects: &[usize]) -> bool {
        let touched: Vec<usize> = bits.iter().filter_map(|bit| self.parts.piece_of(bit / 8)).collect();
        self.with(bits, |mended| {
            mended.is_padding_zero()
                && touched.iter().chain(suspects).all(|&piece| mended.is_good_piece(piece))
        })
    }

    /// True if the start of the file stands twice.
    fn is_head_twice(&self) -> bool {
        let (head, content) = (self.parts.content_end.min(HEAD_BYTES), self.parts.content_end);
        self.bytes[..head] == self.bytes[content..content + head]
    }
}
