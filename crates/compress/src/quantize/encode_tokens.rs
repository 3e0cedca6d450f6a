use super::steps::{bf16_nearest, bf16_not_below, bf16_to_f32, int4_scale, int8_scale, push_int4, push_int8};
use super::{CodecError, MAX_CODED_VALUE, TokenCode, TokenCodec};
use pleiad_kernels::f32_to_f16_bits;
use pleiad_vectors::MultiVectorRef;

/// Largest finite half float.
const MAX_F16: f32 = 65_504.0;

impl TokenCodec {
    /// Appends the document's codes to `bytes`: [`TokenCodec::bytes_per_token`] for each token.
    ///
    /// Tokens whose largest value is below about `10^-28` become zero in the integer codes.
    /// Cost: two passes over the values, five for [`TokenCode::Int4`].
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
            TokenCode::Int8 => encode_rows(tokens, bytes, |row| bf16_not_below(int8_scale(row)), push_int8),
            TokenCode::Int4 => encode_rows(tokens, bytes, |row| bf16_nearest(int4_scale(row)), push_int4),
        }
        Ok(())
    }
}

fn encode_rows(
    tokens: MultiVectorRef<'_>,
    bytes: &mut Vec<u8>,
    scale_of: impl Fn(&[f32]) -> u16,
    push: impl Fn(&[f32], f32, &mut Vec<u8>),
) {
    let mut scales = Vec::with_capacity(tokens.num_tokens() * 2);
    for row in tokens.rows() {
        let scale = scale_of(row);
        scales.extend(scale.to_le_bytes());
        push(row, bf16_to_f32(scale), bytes);
    }
    bytes.extend(scales);
}
