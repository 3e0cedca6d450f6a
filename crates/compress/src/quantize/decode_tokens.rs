use super::grid::{INT1, INT2, INT4};
use super::rotate::Rotation;
use super::steps::{bf16_to_f32, read_int8};
use super::{CodecError, TokenCode, TokenCodec};
use pleiad_kernels::{Isa, f16_to_f32};

/// Exponent bits of a half float: all set for what is not finite.
const F16_EXPONENT: u16 = 0x7c00;

/// Above every scale: no token is longer than this.
const MAX_SCALE: f32 = 1e17;

impl TokenCodec {
    /// Replaces `out` by the values of a document's codes, row-major `[num_tokens, dim]`.
    ///
    /// Cost: one pass, and the rotation back for codes of a few bits.
    ///
    /// # Errors
    /// [`CodecError::Length`], or [`CodecError::Damaged`] for codes that no encoder wrote: they stand for no finite
    /// value.
    pub fn decode(&self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), CodecError> {
        self.read(Isa::best(), bytes, out)?;
        if self.is_rotated() {
            let rotation = Rotation::new(self.dim);
            out.chunks_exact_mut(self.dim).for_each(|row| rotation.backward(row));
        }
        Ok(())
    }

    /// The same with the instructions of one set, and before the rotation back.
    pub(super) fn read(&self, isa: Isa, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), CodecError> {
        let num_tokens = self.num_tokens(bytes.len())?;
        // Not cleared: every value is written below.
        out.resize(num_tokens * self.dim, 0.0);
        match self.code {
            TokenCode::F16 => self.decode_f16(isa, bytes, out),
            TokenCode::Int8 => self.decode_rows(bytes, out, read_int8),
            TokenCode::Int4 => self.decode_rows(bytes, out, |codes, scale, out| INT4.read(codes, scale, out)),
            TokenCode::Int2 => self.decode_rows(bytes, out, |codes, scale, out| INT2.read(codes, scale, out)),
            TokenCode::Int1 => self.decode_rows(bytes, out, |codes, scale, out| INT1.read(codes, scale, out)),
        }
    }

    fn decode_f16(&self, isa: Isa, bytes: &[u8], out: &mut [f32]) -> Result<(), CodecError> {
        let (halves, _) = bytes.as_chunks::<2>();
        let is_finite = |half: &[u8; 2]| u16::from_le_bytes(*half) & F16_EXPONENT != F16_EXPONENT;
        // A plain `all` stops early and so cannot use vectors.
        if !halves.iter().fold(true, |all, half| all & is_finite(half)) {
            let at = halves.iter().position(|half| !is_finite(half)).unwrap_or_default();
            return Err(CodecError::Damaged { token: at / self.dim });
        }
        f16_to_f32(isa, bytes, out);
        Ok(())
    }

    fn decode_rows(
        &self,
        bytes: &[u8],
        out: &mut [f32],
        read: impl Fn(&[u8], f32, &mut [f32]),
    ) -> Result<(), CodecError> {
        let (codes, scales) = self.split(bytes, out.len() / self.dim);
        let rows = codes.chunks_exact(self.code_bytes()).zip(out.chunks_exact_mut(self.dim));
        for (token, ((codes, out), scale)) in rows.zip(scales).enumerate() {
            read(codes, checked(scale, token)?, out);
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

/// A scale that an encoder may have written, no larger than the longest token: its sums with codes are finite.
pub(super) fn checked(scale: f32, token: usize) -> Result<f32, CodecError> {
    if (0.0..=MAX_SCALE).contains(&scale) { Ok(scale) } else { Err(CodecError::Damaged { token }) }
}
