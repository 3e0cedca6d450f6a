//! Labels: the row that each token of a document went to, in few bits.

use super::ReduceError;

/// Appends the labels of a document's tokens: their number, seven bits a byte with the lowest first, then for each token a
/// bit that says whether it begins a new row and, if not, the number of its row in as many bits as the rows so far need.
///
/// Rows are numbered as tokens first meet them, so that a new row needs no number: 130 tokens in 65 rows take some 60
/// bytes, by half of that for neighbors. Bits fill bytes from the lowest on; those left over are zero.
///
/// # Errors
/// [`ReduceError::Labels`] where rows are not numbered in the order of their first tokens. `bytes` is then as before.
pub fn encode_labels(labels: &[u32], bytes: &mut Vec<u8>) -> Result<(), ReduceError> {
    let begin = bytes.len();
    let mut number = labels.len();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    let (mut bits, mut num_rows) = (Bits { bytes, held: 0, num_held: 0 }, 0u32);
    for &label in labels {
        if label > num_rows {
            bits.bytes.truncate(begin);
            return Err(ReduceError::Labels);
        }
        if label == num_rows {
            bits.push(1, 1);
            num_rows += 1;
        } else {
            bits.push(u64::from(label) << 1, 1 + width(num_rows));
        }
    }
    bits.finish();
    Ok(())
}

/// The labels that [`encode_labels`] wrote. Memory: four bytes for each bit at most.
///
/// # Errors
/// [`ReduceError::Labels`] for bytes that no labels have.
pub fn decode_labels(bytes: &[u8]) -> Result<Vec<u32>, ReduceError> {
    let (mut number, mut at) = (0usize, 0);
    loop {
        // Five bytes hold every number of tokens; each token has a bit at least.
        let &byte = bytes.get(at).filter(|_| at < 5).ok_or(ReduceError::Labels)?;
        number |= usize::from(byte & 0x7f) << (7 * at);
        at += 1;
        if byte < 0x80 {
            break;
        }
    }
    let rest = &bytes[at..];
    // One document has one form: its number takes no bytes more than needed.
    if at > 1 && bytes[at - 1] == 0 || number > rest.len().saturating_mul(8) {
        return Err(ReduceError::Labels);
    }
    let (mut labels, mut num_rows, mut at) = (Vec::with_capacity(number), 0u32, 0usize);
    for _ in 0..number {
        if take(rest, &mut at, 1)? == 1 {
            labels.push(num_rows);
            num_rows += 1;
        } else {
            let label = take(rest, &mut at, width(num_rows))?;
            if label >= num_rows {
                return Err(ReduceError::Labels);
            }
            labels.push(label);
        }
    }
    // Nor do its bits, and there is nothing in those left over.
    let num_left = rest.len() * 8 - at;
    if num_left >= 8 || take(rest, &mut at, num_left)? != 0 {
        return Err(ReduceError::Labels);
    }
    Ok(labels)
}

/// Bits that number so many rows.
fn width(num_rows: u32) -> usize {
    (u32::BITS - num_rows.saturating_sub(1).leading_zeros()) as usize
}

/// Reads some bits of a place, which moves on.
fn take(bytes: &[u8], at: &mut usize, num_bits: usize) -> Result<u32, ReduceError> {
    let mut value = 0;
    for bit in 0..num_bits {
        let place = *at + bit;
        let byte = bytes.get(place / 8).ok_or(ReduceError::Labels)?;
        value |= u32::from(byte >> (place % 8) & 1) << bit;
    }
    *at += num_bits;
    Ok(value)
}

/// Bits on their way into bytes.
struct Bits<'a> {
    bytes: &'a mut Vec<u8>,
    held: u64,
    num_held: usize,
}

impl Bits<'_> {
    /// Appends at most 33 bits.
    fn push(&mut self, bits: u64, num_bits: usize) {
        self.held |= bits << self.num_held;
        self.num_held += num_bits;
        while self.num_held >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.num_held -= 8;
        }
    }

    fn finish(self) {
        if self.num_held > 0 {
            self.bytes.push(self.held as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(labels: &[u32]) -> Vec<u8> {
        let mut bytes = vec![1, 2];
        encode_labels(labels, &mut bytes).unwrap();
        assert_eq!(bytes[..2], [1, 2]);
        bytes.split_off(2)
    }

    /// Labels in the order of first tokens, whatever the choices are.
    fn labels(choices: &[(bool, u32)]) -> Vec<u32> {
        let mut num_rows = 0;
        let label = |&(is_new, any): &(bool, u32)| {
            if is_new || num_rows == 0 {
                num_rows += 1;
                num_rows - 1
            } else {
                any % num_rows
            }
        };
        choices.iter().map(label).collect()
    }

    proptest! {
        #[test]
        fn labels_come_back(choices in prop::collection::vec(any::<(bool, u32)>(), 0..400)) {
            let labels = labels(&choices);
            let bytes = encoded(&labels);
            prop_assert_eq!(decode_labels(&bytes).unwrap(), labels);
        }

        /// One document has one form, and arbitrary bytes give an error or labels of theirs.
        #[test]
        fn what_is_read_is_what_would_be_written(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            match decode_labels(&bytes) {
                Ok(labels) => prop_assert_eq!(encoded(&labels), bytes),
                Err(error) => prop_assert_eq!(error, ReduceError::Labels),
            }
        }
    }

    #[test]
    fn pairs_of_tokens_take_four_bits_each() {
        // Every second token joins a row at random: one bit, and one more than the number of a row.
        let labels: Vec<u32> =
            (0..130).map(|at| if at % 2 == 0 { at / 2 } else { at * 7 % (at / 2 + 1) }).collect();
        let num_bits: usize = (0..65).map(|row| 2 + width(row + 1)).sum();
        assert_eq!(encoded(&labels).len(), 2 + num_bits.div_ceil(8));
        assert!(num_bits.div_ceil(8) <= 60, "{num_bits}");
        assert_eq!(encoded(&[]), [0]);
        assert_eq!(encoded(&[0, 0, 1, 0]), [4, 0b0000_0101]);
    }

    #[test]
    fn what_numbers_rows_otherwise_is_refused() {
        let mut bytes = vec![9];
        assert_eq!(encode_labels(&[0, 2], &mut bytes), Err(ReduceError::Labels));
        assert_eq!(bytes, [9]);
        for damaged in [&[][..], &[1], &[0x80], &[255; 9], &[1, 3], &[1, 1, 0], &[1, 0]] {
            assert_eq!(decode_labels(damaged), Err(ReduceError::Labels), "{damaged:?}");
        }
    }
}
