/// Longest stretch in which one flipped bit is looked for: the more bits there are, the more often other damage looks
/// like one. In a block of 64 KiB it is one time in 8,000.
const MAX_BYTES: usize = 128 << 10;

/// The polynomial of CRC-32 (IEEE), reflected.
const POLYNOMIAL: u32 = 0xEDB8_8320;

/// What a register becomes when one zero byte follows.
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
}
