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
    /// Appends the document's codes to `bytes`: [`TokenCodec::bytes_per_token`] for each token.
    ///
    /// Tokens whose largest value is below about `10^-28` become zero in the integer codes.
    /// Cost: two passes over the values; for codes of a few bits a rotation, `O(dim log dim)`, and five passes: about a
    /// microsecond for 128 values.
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
        bytes.reserve(tokens.num_tokens() * self.bytes_per_token());
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
            TokenCode::Int4 => encode_rotated(tokens, bytes, &INT4),
            TokenCode::Int2 => encode_rotated(tokens, bytes, &INT2),
            TokenCode::Int1 => encode_rotated(tokens, bytes, &INT1),
        }
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

fn encode_rotated<const HALF: usize, const PER_BYTE: usize>(
    tokens: MultiVectorRef<'_>,
    bytes: &mut Vec<u8>,
    grid: &Grid<HALF, PER_BYTE>,
) {
    let rotation = Rotation::new(tokens.dim());
    let mut values = vec![0.0; tokens.dim()];
    encode_rows(tokens, bytes, |row, bytes| {
        // With the largest magnitude at 1, no square is lost below the smallest number or beyond the largest.
        let largest = max_magnitude(row);
        let inverse = if largest < SMALLEST_VALUE { 0.0 } else { 1.0 / largest };
        values.iter_mut().zip(row).for_each(|(value, v)| *value = v * inverse);
        rotation.forward(&mut values);
        bf16_nearest(grid.push(&values, bytes) * largest)
    });
}
