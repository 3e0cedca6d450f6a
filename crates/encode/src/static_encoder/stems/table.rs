use super::key::Hash;
use crate::error::EncodeError;
use crate::weights::safetensors::{Safetensors, Tensor};
use std::borrow::Cow;
use std::ops::Range;

/// Longest stem or piece, in bytes, that a row is looked up for.
const MAX_KEY_BYTES: usize = 24;

/// A direction and a weight for each stem that is known, and for each piece that continues a word.
#[derive(Debug, Clone)]
pub(super) struct Table {
    bytes: Cow<'static, [u8]>,
    /// Ascending; row `i` is that of key `i`.
    keys: Vec<u32>,
    rows: Range<usize>,
    dim: usize,
    weights: Vec<f32>,
}

impl Table {
    pub(super) fn parse(bytes: Cow<'static, [u8]>) -> Result<Self, EncodeError> {
        let file = Safetensors::read_from(&*bytes, bytes.len() as u64)?;
        let (rows, shape) =
            tensor(&file, "vectors", "I8", "I8 [num_rows, dim]", |shape| shape.len() == 2 && shape[1] > 0)?;
        let is_vector = |found: &[usize]| found == [shape[0]];
        let (keys, _) = tensor(&file, "keys", "U32", "U32 [num_rows]", is_vector)?;
        let (weights, _) = tensor(&file, "weights", "F32", "F32 [num_rows]", is_vector)?;
        let keys = bytes[keys].as_chunks::<4>().0.iter().map(|&key| u32::from_le_bytes(key)).collect();
        let weights = bytes[weights].as_chunks::<4>().0.iter().map(|&w| f32::from_le_bytes(w)).collect();
        let table = Self { keys, rows, dim: shape[1], weights, bytes };
        table.check()?;
        Ok(table)
    }

    fn check(&self) -> Result<(), EncodeError> {
        if let Some(at) = self.keys.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(EncodeError::KeyOrder { row: at + 1 });
        }
        let bad_weight = |&(_, weight): &(usize, &f32)| !(weight.is_finite() && *weight >= 0.0);
        if let Some((row, &weight)) = self.weights.iter().enumerate().find(bad_weight) {
            return Err(EncodeError::Weight { row, weight });
        }
        match (0..self.keys.len()).find(|&row| self.row(row).iter().all(|&byte| byte == 0)) {
            Some(row) => Err(EncodeError::ZeroRow { row }),
            None => Ok(()),
        }
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    /// The row of a key, if it is known.
    pub(super) fn find(&self, key: u32) -> Option<usize> {
        self.keys.binary_search(&key).ok()
    }

    /// The weight of a row's stem in a query.
    pub(super) fn weight(&self, row: usize) -> f32 {
        self.weights[row]
    }

    fn row(&self, row: usize) -> &[u8] {
        &self.bytes[self.rows.clone()][row * self.dim..][..self.dim]
    }

    /// Adds the direction of a row to `sum`.
    pub(super) fn add(&self, row: usize, sum: &mut [f32]) {
        let row = self.row(row);
        // Integers, so that the sum is exact whatever its order.
        let square: i32 = row.iter().map(|&byte| i32::from(byte as i8) * i32::from(byte as i8)).sum();
        let scale = 1.0 / (square as f32).sqrt();
        sum.iter_mut().zip(row).for_each(|(sum, &byte)| *sum += f32::from(byte as i8) * scale);
    }

    /// The rows of the pieces that a stem without a row of its own is made of: the longest known beginning, then the
    /// longest known continuation, and so on (WordPiece: Wu et al., arXiv 1609.08144, section 4.1). A character that
    /// nothing known begins with is passed over.
    pub(super) fn for_each_piece(&self, stem: &str, mut visit: impl FnMut(usize)) {
        let mut rest = stem;
        let mut hash = Hash::EMPTY;
        while let Some(first) = rest.chars().next() {
            let num_bytes = match self.longest(rest, hash) {
                Some((row, num_bytes)) => {
                    visit(row);
                    num_bytes
                }
                None => first.len_utf8(),
            };
            rest = &rest[num_bytes..];
            hash = Hash::CONTINUING;
        }
    }

    /// The row of the longest known beginning of `rest`, and its bytes.
    fn longest(&self, rest: &str, mut hash: Hash) -> Option<(usize, usize)> {
        let mut longest = None;
        for (at, byte) in rest.bytes().enumerate().take(MAX_KEY_BYTES) {
            hash = hash.push(byte);
            let end = at + 1;
            if rest.is_char_boundary(end) {
                longest = self.find(hash.key()).map(|row| (row, end)).or(longest);
            }
        }
        longest
    }
}

/// Bytes and shape of a tensor.
fn tensor(
    file: &Safetensors,
    name: &'static str,
    dtype: &str,
    expected: &'static str,
    fits: impl Fn(&[usize]) -> bool,
) -> Result<(Range<usize>, Vec<usize>), EncodeError> {
    let Tensor { dtype: found, shape, begin, end } = file.get(name)?.clone();
    if found != dtype || !fits(&shape) {
        return Err(EncodeError::Tensor { tensor: name, dtype: found, shape, expected });
    }
    // The header was checked against the length of the bytes in memory, so both fit a usize.
    Ok((begin as usize..end as usize, shape))
}
