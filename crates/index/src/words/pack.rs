//! Blocks of 128 numbers in so many bits each: four lanes side by side, number `i` in lane `i % 4`, so that the compiler
//! unpacks four at a time.

use super::BLOCK;

/// Lanes of a block.
const LANES: usize = 4;

/// Numbers of a lane.
const ROWS: usize = BLOCK / LANES;

/// Bytes of a block.
pub(super) const fn packed_bytes(bits: u8) -> usize {
    bits as usize * BLOCK / 8
}

/// Bits that the largest of some numbers takes.
pub(super) fn bits_for(values: &[u32]) -> u8 {
    (32 - values.iter().fold(0, |all, value| all | value).leading_zeros()) as u8
}

/// Adds a block; no number has more bits.
pub(super) fn pack(values: &[u32; BLOCK], bits: u8, out: &mut Vec<u8>) {
    let bits = usize::from(bits);
    let mut words = [[0u32; LANES]; 32];
    for (row, values) in values.chunks_exact(LANES).enumerate() {
        let (word, shift) = (row * bits / 32, row * bits % 32);
        for (lane, &value) in values.iter().enumerate() {
            if bits > 0 {
                words[word][lane] |= value << shift;
            }
            if shift + bits > 32 {
                words[word + 1][lane] |= value >> (32 - shift);
            }
        }
    }
    out.extend(words[..bits].iter().flatten().flat_map(|word| word.to_le_bytes()));
}

/// Reads a block; `bytes` has [`packed_bytes`] of so many bits, of which there are at most 32.
pub(super) fn unpack(bytes: &[u8], bits: u8, out: &mut [u32; BLOCK]) {
    macro_rules! dispatch {
        ($($bits:literal)*) => {
            match bits {
                $($bits => unpack_bits::<$bits>(bytes, out),)*
                _ => out.fill(0),
            }
        };
    }
    dispatch!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
}

fn unpack_bits<const BITS: usize>(bytes: &[u8], out: &mut [u32; BLOCK]) {
    let mut words = [[0u32; LANES]; 33];
    for (word, bytes) in words.as_flattened_mut().iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let mask = u32::MAX >> (32 - BITS);
    for (row, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate().take(ROWS) {
        let (word, shift) = (row * BITS / 32, row * BITS % 32);
        for (lane, out) in out.iter_mut().enumerate() {
            let mut value = words[word][lane] >> shift;
            if shift + BITS > 32 {
                value |= words[word + 1][lane] << (32 - shift);
            }
            *out = value & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(values in prop::collection::vec(any::<u32>(), BLOCK), drop in 0u32..=32) {
            let values: Vec<u32> = values.iter().map(|value| value.checked_shr(drop).unwrap_or(0)).collect();
            let values: [u32; BLOCK] = values.try_into().unwrap();
            let bits = bits_for(&values);
            let (mut bytes, mut again) = (Vec::new(), [7; BLOCK]);
            pack(&values, bits, &mut bytes);
            prop_assert_eq!(bytes.len(), packed_bytes(bits));
            unpack(&bytes, bits, &mut again);
            prop_assert_eq!(again, values);
        }
    }
}
