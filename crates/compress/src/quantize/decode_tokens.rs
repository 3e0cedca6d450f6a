use super::steps::{bf16_to_f32, read_int4, read_int8};
use super::{CodecError, TokenCode, TokenCodec};
use pleiad_kernels::{Isa, f16_to_f32};

/// Exponent bits of a half float: all set for what is not finite.
const F16_EXPONENT: u16 = 0x7c00;

impl TokenCodec {
    /// Replaces `out` by the values of a document's codes, row-major `[num_tokens, dim]`.
    ///
    /// Cost: one pass.
    ///
    /// # Errors
    /// [`CodecError::Length`], or [`CodecError::Damaged`] for codes that no encoder wrote: they stand for no finite
    /// value.
    pub fn decode(&self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), CodecError> {
        self.decode_with(Isa::best(), bytes, out)
    }

    /// The same with the instructions of one set.
    pub(super) fn decode_with(&self, isa: Isa, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), CodecError> {
        let num_tokens = self.num_tokens(bytes.len())?;
        // Not cleared: every value is written below.
        out.resize(num_tokens * self.dim, 0.0);
        match self.code {
            TokenCode::F16 => {
                let (halves, _) = bytes.as_chunks::<2>();
                let is_finite = |half: &[u8; 2]| u16::from_le_bytes(*half) & F16_EXPONENT != F16_EXPONENT;
                // A plain `all` stops early and so cannot use vectors.
                if !halves.iter().fold(true, |all, half| all & is_finite(half)) {
                    let at = halves.iter().position(|half| !is_finite(half)).unwrap_or_default();
                    return Err(CodecError::Damaged { token: at / self.dim });
                }
                f16_to_f32(isa, bytes, out);
            }
            TokenCode::Int8 => self.decode_rows(bytes, num_tokens, out, read_int8)?,
            TokenCode::Int4 => self.decode_rows(bytes, num_tokens, out, read_int4)?,
        }
        Ok(())
    }

    fn decode_rows(
        &self,
        bytes: &[u8],
        num_tokens: usize,
        out: &mut [f32],
        read: impl Fn(&[u8], f32, &mut [f32]),
    ) -> Result<(), CodecError> {
        let (codes, scales) = self.split(bytes, num_tokens);
        let rows = codes.chunks_exact(self.code_bytes()).zip(out.chunks_exact_mut(self.dim));
        for (token, ((codes, out), scale)) in rows.zip(scales).enumerate() {
            read(codes, finite(scale, token)?, out);
        }
        Ok(())
    }

    /// Codes and scales of a document of integer codes.
    pub(super) fn split<'b>(
        &self,
        bytes: &'b [u8],
        num_tokens: usize,
    ) -> (&'b [u8], impl ExactSizeIterator<Item = f32> + 'b) {
        let (codes, scales) = bytes.split_at(num_tokens * self.code_bytes());
        let (scales, _) = scales.as_chunks::<2>();
        (codes, scales.iter().map(|&scale| bf16_to_f32(u16::from_le_bytes(scale))))
    }
}

/// A scale that an encoder may have written: its products with codes are finite.
pub(super) fn finite(scale: f32, token: usize) -> Result<f32, CodecError> {
    if (scale * 128.0).is_finite() { Ok(scale) } else { Err(CodecError::Damaged { token }) }
}
