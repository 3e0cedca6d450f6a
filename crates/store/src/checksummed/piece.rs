/// Bytes of a file that one of the checksums for repairs covers.
pub(crate) const PIECE_BYTES: usize = 1 << 10;

/// Makes checksums of pieces no linear function of the bytes: behind a single piece its CRC-32 would make that of both
/// together the same for any content, and the manifest would not know one from another.
const FACTOR: u32 = 0x9E37_79B1;
const DIVISOR: u32 = inverse(FACTOR);

/// The number that gives 1 with an odd one, in 32 bits.
const fn inverse(odd: u32) -> u32 {
    // Each step doubles the bits that are right, from the three that are at first.
    let (mut inverse, mut step) = (odd, 0);
    while step < 4 {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

/// The order in which the checksum of a piece takes its bytes.
///
/// The checksum of a block takes them forward. One that did the same could not tell two pairs of wrong bits apart between
/// which that of the block cannot: both are remainders by the same polynomial, and of the pairs of a piece .8 % share theirs
/// with another. No change of four bits of a piece, or of fewer, escapes both orders: a test tries them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    /// From the last to the first: the order of files that are written now.
    Backward,
    /// From the first to the last: the order of the first files that had pieces.
    Forward,
}

/// The CRC-32 of bytes from the last to the first.
pub(crate) fn backward_crc(bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let mut buffer = [0; PIECE_BYTES];
    for chunk in bytes.rchunks(PIECE_BYTES) {
        let reversed = &mut buffer[..chunk.len()];
        reversed.copy_from_slice(chunk);
        reversed.reverse();
        hasher.update(reversed);
    }
    hasher.finalize()
}

impl ByteOrder {
    /// The CRC-32 of a piece.
    pub(crate) fn crc(self, piece: &[u8]) -> u32 {
        match self {
            Self::Backward => backward_crc(piece),
            Self::Forward => crc32fast::hash(piece),
        }
    }

    /// The checksum of a piece, as it is stored.
    pub(crate) fn sum(self, piece: &[u8]) -> [u8; 4] {
        self.crc(piece).wrapping_mul(FACTOR).to_le_bytes()
    }
}

/// The checksum of a piece, as it is stored in files that are written now.
pub(crate) fn piece_sum(bytes: &[u8]) -> [u8; 4] {
    ByteOrder::Backward.sum(bytes)
}

/// The CRC-32 of a piece from its stored checksum.
pub(crate) fn piece_crc(stored: [u8; 4]) -> u32 {
    u32::from_le_bytes(stored).wrapping_mul(DIVISOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeSet, HashSet};

    #[test]
    fn the_checksum_of_a_piece_is_read_back_and_does_not_hide_its_content() {
        for order in [ByteOrder::Backward, ByteOrder::Forward] {
            let mut of_both = BTreeSet::new();
            for byte in 0..200u8 {
                let piece = vec![byte; 900];
                assert_eq!(piece_crc(order.sum(&piece)), order.crc(&piece));
                of_both.insert(crc32fast::hash(&[&piece[..], &order.sum(&piece)].concat()));
            }
            assert_eq!(of_both.len(), 200);
        }
        let bytes: Vec<u8> = (0..5000u32).map(|i| (i * i / 7) as u8).collect();
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        assert_eq!(backward_crc(&bytes), crc32fast::hash(&reversed));
    }

    /// The differences that each bit of a piece makes in both orders.
    fn differences() -> Vec<u64> {
        let mut piece = [0; PIECE_BYTES];
        let both = |piece: &[u8]| {
            u64::from(crc32fast::hash(piece)) << 32 | u64::from(ByteOrder::Backward.crc(piece))
        };
        let nothing = both(&piece);
        let bits = (0..8 * PIECE_BYTES).map(|bit| {
            piece[bit / 8] ^= 1 << (bit % 8);
            let difference = both(&piece) ^ nothing;
            piece[bit / 8] ^= 1 << (bit % 8);
            difference
        });
        bits.collect()
    }

    #[test]
    fn no_four_bits_of_a_piece_escape_both_orders() {
        // Bits that escape do so wherever their first byte is, and in a shorter piece too: a byte more before or behind them
        // multiplies either remainder by a power of x, which has an inverse. So the first bit is one of eight.
        let differences = differences();
        let known: HashSet<u64> = differences.iter().copied().collect();
        assert!(known.len() == differences.len() && !known.contains(&0));
        // Most sums are no difference of a single bit by these bits of theirs already.
        let some_bits = |difference: u64| (difference.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize;
        let mut seen = vec![false; 1 << 24];
        known.iter().for_each(|&difference| seen[some_bits(difference)] = true);
        for first in 0..8 {
            for second in first + 1..differences.len() {
                let two = differences[first] ^ differences[second];
                assert!(!known.contains(&two));
                for third in &differences[second + 1..] {
                    let three = two ^ third;
                    assert!(!seen[some_bits(three)] || !known.contains(&three));
                }
            }
        }
    }
}
