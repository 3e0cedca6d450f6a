use std::collections::HashMap;

/// Longest stretch in which one flipped bit is looked for: the more bits there are, the more often other damage looks
/// like one. In a block of 64 KiB it is one time in 8,000, in a piece of a KiB
/// one in half a million.
const MAX_BYTES: usize = 128 << 10;

/// The polynomial of CRC-32 (IEEE), reflected.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// A register after one more zero byte.
fn shifted(register: u32) -> u32 {
    (0..8).fold(register, |r, _| if r & 1 == 0 { r >> 1 } else { r >> 1 ^ POLYNOMIAL })
}

/// Puts back the one bit whose change explains why the bytes have another checksum than `crc`, and returns where it
/// is; leaves the bytes alone and returns nothing when there is none.
///
/// A checksum is linear: the difference that one bit makes depends only on how many bytes follow it. No two bits
/// make the same difference.
pub(super) fn put_back(bytes: &mut [u8], crc: u32) -> Option<usize> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let difference = crc32fast::hash(bytes) ^ crc;
    let mut by_bit: [u32; 8] = std::array::from_fn(|bit| shifted(1 << bit));
    for at in (0..bytes.len()).rev() {
        if let Some(bit) = by_bit.iter().position(|&one| one == difference) {
            bytes[at] ^= 1 << bit;
            return Some(at);
        }
        by_bit = by_bit.map(shifted);
    }
    None
}

/// Longest stretch in which two flipped bits are looked for.
const MAX_BYTES_FOR_TWO: usize = 1 << 10;

/// A bit: the byte that it is in, and its place there.
pub(super) type Bit = (usize, u32);

/// The pairs of bits whose change explains why the bytes have another checksum than `crc`. In a KiB other damage looks like
/// two flipped bits one time in 128, and two bits may look like two others: another checksum has to tell.
pub(super) fn pairs(bytes: &[u8], crc: u32) -> Vec<[Bit; 2]> {
    if bytes.len() > MAX_BYTES_FOR_TWO {
        return Vec::new();
    }
    let difference = crc32fast::hash(bytes) ^ crc;
    let mut places: HashMap<u32, Bit> = HashMap::with_capacity(8 * bytes.len());
    let mut by_bit: [u32; 8] = std::array::from_fn(|bit| shifted(1 << bit));
    let mut pairs = Vec::new();
    for at in (0..bytes.len()).rev() {
        for (bit, &one) in (0..).zip(&by_bit) {
            pairs.extend(places.get(&(difference ^ one)).map(|&other| [(at, bit), other]));
            places.insert(one, (at, bit));
        }
        by_bit = by_bit.map(shifted);
    }
    pairs
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
    fn two_bits_are_found_in_a_short_stretch() {
        let good: Vec<u8> = (0..1000).map(|i| (i * i / 7) as u8).collect();
        let crc = crc32fast::hash(&good);
        for (first, second) in [(0, 1), (5, 700), (999, 2), (8, 9), (500, 501)] {
            for bits in [(1, 1), (0x80, 2)] {
                let mut bad = good.clone();
                bad[first] ^= bits.0;
                bad[second] ^= bits.1;
                let is_good = |pair: &[Bit; 2]| {
                    let mut bytes = bad.clone();
                    pair.iter().for_each(|(at, bit)| bytes[*at] ^= 1 << bit);
                    bytes == good
                };
                assert!(pairs(&bad, crc).iter().any(is_good));
            }
        }
    }
}
