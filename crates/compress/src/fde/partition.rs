/// Partition of a token from its sign bits, first hyperplane in the highest bit: the bits read as a Gray code, so
/// that neighboring partitions differ in one hyperplane.
pub fn partition_of_bits(bits: u32) -> u32 {
    // A prefix XOR from the top, in five doublings.
    let mut index = bits;
    for shift in [1, 2, 4, 8, 16] {
        index ^= index >> shift;
    }
    index
}

/// Sign bits that belong to a partition: the inverse of [`partition_of_bits`].
pub fn bits_of_partition(partition: u32) -> u32 {
    partition ^ (partition >> 1)
}

const LABEL_BITS: u32 = 16;
const STEP: u32 = 1 << LABEL_BITS;
// Above every distance and label that occur, and far enough from the top that 20 steps do not wrap.
const NOWHERE: u32 = 1 << 30;

/// For each pattern of `num_bits` sign bits the first token among those whose own bits differ from it least.
///
/// Distance and token are packed into one number, so that "nearest, then first" is a plain minimum; Hamming distance
/// is a sum over bits, so the minimum over all tokens is reached by one pass per bit over the `2^num_bits` patterns
/// (a distance transform). Cost: `num_bits · 2^num_bits`, whatever the number of tokens.
///
/// `codes` are the tokens' sign bits; there must be between 1 and `2^16` of them, all below `2^num_bits`. The result
/// replaces `nearest`.
pub fn nearest_tokens(codes: &[u32], num_bits: u32, nearest: &mut Vec<u32>) {
    debug_assert!(!codes.is_empty() && codes.len() <= 1 << LABEL_BITS);
    nearest.clear();
    nearest.resize(1 << num_bits, NOWHERE);
    for (token, &code) in codes.iter().enumerate().rev() {
        nearest[code as usize] = token as u32;
    }
    for bit in 0..num_bits {
        let half = 1 << bit;
        for pair in nearest.chunks_exact_mut(2 * half) {
            let (zeros, ones) = pair.split_at_mut(half);
            for (zero, one) in zeros.iter_mut().zip(ones) {
                let (a, b) = (*zero, *one);
                *zero = a.min(b + STEP);
                *one = b.min(a + STEP);
            }
        }
    }
    for entry in nearest {
        *entry &= STEP - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighboring_partitions_differ_in_one_hyperplane() {
        for partition in 0..1 << 12 {
            assert_eq!(partition_of_bits(bits_of_partition(partition)), partition);
            let changed = bits_of_partition(partition) ^ bits_of_partition(partition + 1);
            assert_eq!(changed.count_ones(), 1);
        }
    }

    proptest! {
        #[test]
        fn nearest_is_the_first_least_distance(num_bits in 0u32..8, draws in prop::collection::vec(any::<u32>(), 1..40)) {
            let codes: Vec<u32> = draws.iter().map(|d| d & ((1 << num_bits) - 1)).collect();
            let mut nearest = vec![7; 3];
            nearest_tokens(&codes, num_bits, &mut nearest);
            prop_assert_eq!(nearest.len(), 1 << num_bits);
            for (pattern, &found) in nearest.iter().enumerate() {
                let distance = |token: &usize| (codes[*token] ^ pattern as u32).count_ones();
                // `min_by_key` keeps the first of equals.
                let expected = (0..codes.len()).min_by_key(distance).unwrap();
                prop_assert_eq!(found as usize, expected);
            }
        }
    }
}
