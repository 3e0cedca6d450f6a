use super::grid::{Grid, INT1, INT2, INT4};
use super::rotate::Rotation;
use super::steps::{bf16_nearest, bf16_not_below, bf16_to_f32, int8_scale, max_magnitude, push_int8};
use super::{CodecError, MAX_CODED_VALUE, TokenCode, TokenCodec};
use pleiad_kernels::f32_to_f16_bits;
use pleiad_vectors::MultiVectorRef;

/// Largest finite half float.
const MAX_F16: f32 = 65_504.0;

/// Tokens of smaller values become zero in codes of a few bits.
const SMALLEST_VALUE: f32 = 1e-28;

impl TokenCodec {
    /// Appends the document's codes to `bytes`: [`TokenCodec::document_bytes`] of them.
    ///
    /// Tokens whose largest value is below about `10^-28` become zero in the integer codes, in those of a few bits their
    /// document's mean.
    /// Cost: two passes over the values; for codes of a few bits a rotation, `O(dim log dim)`, and five passes: about a
    /// microsecond for 128 values; around centroids an inner product of each token with each of them besides.
    ///
    /// # Errors
    /// [`CodecError::WrongDimension`], or [`CodecError::TooLarge`] naming the first value beyond ±65504
    /// ([`TokenCode::F16`]) or ±[`MAX_CODED_VALUE`]. `bytes` is then as before.
    pub fn encode(&self, tokens: MultiVectorRef<'_>, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        if tokens.dim() != self.dim {
            return Err(CodecError::WrongDimension { expected: self.dim, found: tokens.dim() });
        }
        let limit = if self.code == TokenCode::F16 { MAX_F16 } else { MAX_CODED_VALUE };
        if let Some(at) = tokens.data().iter().position(|v| v.abs() > limit) {
            let (row, column, value) = (at / self.dim, at % self.dim, tokens.data()[at]);
            return Err(CodecError::TooLarge { row, column, value, limit });
        }
        bytes.reserve(self.document_bytes(tokens.num_tokens()));
        match self.code {
            TokenCode::F16 => {
                bytes.extend(tokens.data().iter().flat_map(|&v| f32_to_f16_bits(v).to_le_bytes()));
            }
            // Rounded up, so that the largest magnitude still has a code; rounded before the codes are chosen, so
            // that they are the nearest for the scale that is read back.
            TokenCode::Int8 => encode_rows(tokens, bytes, |row, bytes| {
                let scale = bf16_not_below(int8_scale(row));
                push_int8(row, bf16_to_f32(scale), bytes);
                scale
            }),
            TokenCode::Int4 => self.encode_rotated(tokens, bytes, &INT4)?,
            TokenCode::Int2 => self.encode_rotated(tokens, bytes, &INT2)?,
            TokenCode::Int1 => self.encode_rotated(tokens, bytes, &INT1)?,
        }
        Ok(())
    }

    /// Appends the codes of what distinguishes the rotated tokens, less their centroids if there are any, from their
    /// mean, then their scales, the centroids' numbers, and the mean.
    fn encode_rotated<const HALF: usize, const PER_BYTE: usize>(
        &self,
        tokens: MultiVectorRef<'_>,
        bytes: &mut Vec<u8>,
        grid: &Grid<HALF, PER_BYTE>,
    ) -> Result<(), CodecError> {
        if tokens.is_empty() {
            return Ok(());
        }
        let (rotation, dim) = (Rotation::new(tokens.dim()), tokens.dim());
        let mut rotated = tokens.data().to_vec();
        rotated.chunks_exact_mut(dim).for_each(|row| rotation.forward(row));
        let mut number_bytes = Vec::new();
        if let Some(centroids) = &self.centroids {
            let numbers = centroids.take_off(tokens, &mut rotated)?;
            centroids.push_numbers(&numbers, &mut number_bytes);
        }
        let mut mean_bytes = Vec::new();
        let mean = coded_mean(&rotated, dim, &mut mean_bytes);
        for row in rotated.chunks_exact_mut(dim) {
            row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
        }
        let scales: Vec<u16> = rotated.chunks_exact_mut(dim).map(|row| push_row(grid, row, bytes)).collect();
        bytes.extend(scales.iter().flat_map(|scale| scale.to_le_bytes()));
        bytes.extend(number_bytes);
        bytes.extend(mean_bytes);
        Ok(())
    }
}

/// Appends all codes, then the scales that `push` returned.
fn encode_rows(
    tokens: MultiVectorRef<'_>,
    bytes: &mut Vec<u8>,
    mut push: impl FnMut(&[f32], &mut Vec<u8>) -> u16,
) {
    let scales: Vec<u16> = tokens.rows().map(|row| push(row, bytes)).collect();
    bytes.extend(scales.iter().flat_map(|scale| scale.to_le_bytes()));
}

/// Writes the mean of some rows and returns what its codes stand for: what they lose the rows' own codes make good.
fn coded_mean(rows: &[f32], dim: usize, bytes: &mut Vec<u8>) -> Vec<f32> {
    let mut mean = vec![0.0; dim];
    for row in rows.chunks_exact(dim) {
        mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let num_rows = (rows.len() / dim) as f32;
    mean.iter_mut().for_each(|sum| *sum /= num_rows);
    let scale = push_row(&INT4, &mut mean, bytes);
    INT4.read(bytes, bf16_to_f32(scale), &mut mean);
    bytes.extend(scale.to_le_bytes());
    mean
}

/// Appends the codes of a row, which it changes, and returns its scale.
pub(super) fn push_row<const HALF: usize, const PER_BYTE: usize>(
    grid: &Grid<HALF, PER_BYTE>,
    row: &mut [f32],
    bytes: &mut Vec<u8>,
) -> u16 {
    // With the largest magnitude at 1, no square is lost below the smallest number or beyond the largest.
    let largest = max_magnitude(row);
    let inverse = if largest < SMALLEST_VALUE { 0.0 } else { 1.0 / largest };
    row.iter_mut().for_each(|value| *value *= inverse);
    bf16_nearest(grid.push(row, bytes) * largest)
}
