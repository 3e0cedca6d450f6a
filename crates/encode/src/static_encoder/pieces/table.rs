use crate::error::EncodeError;
use crate::weights::safetensors::{Safetensors, Tensor};
use std::borrow::Cow;
use std::ops::Range;

/// Vectors, weights and skip marks by token id; the vectors stay in eight bits until they are asked for.
#[derive(Debug, Clone)]
pub(super) struct Table {
    bytes: Cow<'static, [u8]>,
    rows: Range<usize>,
    dim: usize,
    query_weights: Vec<f32>,
    skip: Vec<bool>,
}

impl Table {
    pub(super) fn parse(bytes: Cow<'static, [u8]>) -> Result<Self, EncodeError> {
        let file = Safetensors::read_from(&*bytes, bytes.len() as u64)?;
        let (rows, shape) = tensor(&file, "embeddings", "I8", None)?;
        let num_rows = shape[0];
        let (weights, _) = tensor(&file, "query_weight", "F32", Some(num_rows))?;
        let (skip, _) = tensor(&file, "skip", "U8", Some(num_rows))?;
        let (weights, _) = bytes[weights].as_chunks::<4>();
        let query_weights = weights.iter().map(|&w| f32::from_le_bytes(w)).collect();
        let skip = bytes[skip].iter().map(|&mark| mark != 0).collect();
        let table = Self { rows, dim: shape[1], query_weights, skip, bytes };
        table.check()?;
        Ok(table)
    }

    fn check(&self) -> Result<(), EncodeError> {
        let bad_weight = |&(_, weight): &(usize, &f32)| !(weight.is_finite() && *weight >= 0.0);
        if let Some((row, &weight)) = self.query_weights.iter().enumerate().find(bad_weight) {
            return Err(EncodeError::Weight { row, weight });
        }
        let zero = |row: &usize| !self.skip[*row] && self.row(*row).iter().all(|&byte| byte == 0);
        match (0..self.num_rows()).find(zero) {
            Some(row) => Err(EncodeError::ZeroRow { row }),
            None => Ok(()),
        }
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    pub(super) fn num_rows(&self) -> usize {
        self.skip.len()
    }

    /// Returns whether the token produces no vector on either side.
    pub(super) fn is_skipped(&self, token: u32) -> bool {
        self.skip[token as usize]
    }

    pub(super) fn query_weight(&self, token: u32) -> f32 {
        self.query_weights[token as usize]
    }

    fn row(&self, row: usize) -> &[u8] {
        &self.bytes[self.rows.clone()][row * self.dim..][..self.dim]
    }

    /// Appends the vector of `token`, made `length` long.
    pub(super) fn push_row(&self, token: u32, length: f32, out: &mut Vec<f32>) {
        let row = self.row(token as usize);
        // Integers, so that the sum is exact whatever its order.
        let square: i64 = row.iter().map(|&byte| i64::from(byte as i8) * i64::from(byte as i8)).sum();
        let scale = f64::from(length) / (square as f64).sqrt();
        out.extend(row.iter().map(|&byte| (f64::from(byte as i8) * scale) as f32));
    }
}

/// Bytes and shape of a tensor: a vector of `num_rows` values, or a matrix where `num_rows` is open.
fn tensor(
    file: &Safetensors,
    name: &'static str,
    dtype: &str,
    num_rows: Option<usize>,
) -> Result<(Range<usize>, Vec<usize>), EncodeError> {
    let Tensor { dtype: found, shape, begin, end } = file.get(name)?.clone();
    let (fits, expected) = match num_rows {
        None => (shape.len() == 2 && shape[1] > 0, "I8 [num_tokens, dim]"),
        Some(num_rows) if dtype == "U8" => (shape == [num_rows], "U8 [num_tokens]"),
        Some(num_rows) => (shape == [num_rows], "F32 [num_tokens]"),
    };
    if found != dtype || !fits {
        return Err(EncodeError::Tensor { tensor: name, dtype: found, shape, expected });
    }
    // The header was checked against the length of the bytes in memory, so both fit a usize.
    Ok((begin as usize..end as usize, shape))
}
