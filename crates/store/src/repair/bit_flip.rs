/// Longest stretch in which one flipped bit is looked for: the more bits there are, the more often other damage looks
/// like one. In a block of 64 KiB it is one time in 8,000, in a piece of a KiB
/// one in half a million.
pub(super) const MAX_BYTES: usize = 128 << 10;

/// The polynomial of CRC-32 (IEEE), reflected.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// A register after one more zero byte.
fn shifted(register: u32) -> u32 {
    (0..8).fold(register, |r, _| if r & 1 == 0 { r >> 1 } else { r >> 1 ^ POLYNOMIAL })
}

/// Calls `look` with each bit of a stretch of bytes, the last first, and the difference that its change makes to the
/// checksum of the stretch, until that returns true; returns the bit. Bits are counted from the lowest of the first byte on.
///
/// A checksum is linear: the difference that one bit makes depends only on how many bytes follow it.
fn find(length: usize, mut look: impl FnMut(usize, u32) -> bool) -> Option<usize> {
    let mut by_bit: [u32; 8] = std::array::from_fn(|bit| shifted(1 << bit));
    for at in (0..length).rev() {
        for (bit, &one) in by_bit.iter().enumerate() {
            if look(8 * at + bit, one) {
                return Some(8 * at + bit);
            }
        }
        by_bit = by_bit.map(shifted);
    }
    None
}

/// The bit whose change makes this difference to the checksum of so many bytes. No two bits make the same.
pub(super) fn one(length: usize, difference: u32) -> Option<usize> {
    find(length, |_, one| one == difference)
}

/// Puts back the one bit whose change explains why the bytes have another checksum than `crc`, and returns the byte that
/// it is in; leaves the bytes alone and returns nothing when there is none.
pub(super) fn put_back(bytes: &mut [u8], crc: u32) -> Option<usize> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let bit = one(bytes.len(), crc32fast::hash(bytes) ^ crc)?;
    flip(bytes, &[bit]);
    Some(bit / 8)
}

/// A line that tells of one or two bits that were put back, in bytes that begin at an offset of a file.
pub(super) fn told(bits: &[usize], offset: usize) -> String {
    match bits {
        [first, second] => {
            format!("two bits of bytes {} and {} had changed", offset + first / 8, offset + second / 8)
        }
        bits => format!("one bit of byte {} had changed", offset + bits.first().map_or(0, |bit| bit / 8)),
    }
}

/// Changes bits.
pub(super) fn flip(bytes: &mut [u8], bits: &[usize]) {
    bits.iter().for_each(|bit| bytes[bit / 8] ^= 1 << (bit % 8));
}

/// Longest stretch in which two flipped bits are looked for: it takes eight bytes of memory a bit.
const MAX_BYTES_FOR_TWO: usize = 1 << 20;

/// The pairs of bits whose change together makes this difference to the checksum of so many bytes, each in ascending
/// order; only bits of bytes that are `asked` for are taken. Nothing in more than 1 MiB.
///
/// Pairs look alike: `n` bits have `n * n / 2` pairs, and there are `1 << 32` checksums. In a KiB other damage looks like two
/// flipped bits one time in 128. Another checksum has to tell.
///
/// Cost: O(n log n).
pub(super) fn pairs(length: usize, difference: u32, asked: impl Fn(usize) -> bool) -> Vec<[usize; 2]> {
    if length > MAX_BYTES_FOR_TWO {
        return Vec::new();
    }
    let mut bits: Vec<(u32, u32)> = Vec::new();
    find(length, |bit, one| {
        if asked(bit / 8) {
            bits.push((one, bit as u32));
        }
        false
    });
    bits.sort_unstable();
    let pairs = bits.iter().filter_map(|&(one, bit)| {
        let at = bits.partition_point(|&(other, _)| other < one ^ difference);
        let &(other, second) = bits.get(at)?;
        (other == one ^ difference && bit < second).then_some([bit as usize, second as usize])
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bit_is_found_and_nothing_else_is_touched() {
        let good: Vec<u8> = (0..900).map(|i| (i * i / 7) as u8).collect();
        let crc = crc32fast::hash(&good);
        for bit in (0..good.len() * 8).step_by(13) {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(put_back(&mut bad, crc), Some(bit / 8));
            assert_eq!(bad, good);
        }
        for (first, second) in [(0, 1), (5, 700), (899, 2)] {
            let mut bad = good.clone();
            bad[first] ^= 1;
            bad[second] ^= 0x81;
            let copy = bad.clone();
            assert_eq!(put_back(&mut bad, crc), None);
            assert_eq!(bad, copy);
        }
        assert_eq!(put_back(&mut [], 1), None);
    }

    #[test]
    fn two_bits_are_found_among_those_that_are_asked_for() {
        let good: Vec<u8> = (0..1000).map(|i| (i * i / 7) as u8).collect();
        let crc = crc32fast::hash(&good);
        for (first, second) in [(0, 1), (5, 700), (2, 999), (8, 9), (500, 501)] {
            for (one, other) in [(0, 1), (7, 1), (3, 3)] {
                let bits = [8 * first + one, 8 * second + other];
                let mut bad = good.clone();
                flip(&mut bad, &bits);
                let difference = crc32fast::hash(&bad) ^ crc;
                assert_eq!(pairs(1000, difference, |at| at == first || at == second), [bits]);
                assert!(pairs(1000, difference, |_| true).contains(&bits));
                assert_eq!(pairs(1000, difference, |at| at == first), [[0; 2]; 0]);
            }
        }
        assert_eq!(pairs(1000, 0, |_| true), [[0; 2]; 0]);
        assert_eq!(pairs(MAX_BYTES_FOR_TWO + 1, 1, |_| true), [[0; 2]; 0]);
    }
}
