use super::codec::TOKEN_SCALE_BYTES;
use super::grid::{Grid, INT1, INT2, INT4};
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
            TokenCode::Int4 => self.decode_rotated(bytes, out, &INT4),
            TokenCode::Int2 => self.decode_rotated(bytes, out, &INT2),
            TokenCode::Int1 => self.decode_rotated(bytes, out, &INT1),
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
        let parts = self.split(bytes, out.len() / self.dim);
        let rows = parts.codes.chunks_exact(self.code_bytes()).zip(out.chunks_exact_mut(self.dim));
        for (token, ((codes, out), scale)) in rows.zip(parts.scales).enumerate() {
            read(codes, checked(scale, token)?, out);
        }
        Ok(())
    }

    /// Decodes what distinguishes rotated tokens from their mean, and adds it and their centroids.
    fn decode_rotated<const HALF: usize, const PER_BYTE: usize>(
        &self,
        bytes: &[u8],
        out: &mut Vec<f32>,
        grid: &Grid<HALF, PER_BYTE>,
    ) -> Result<(), CodecError> {
        let num_values = out.len();
        if num_values == 0 {
            return Ok(());
        }
        self.decode_rows(bytes, out, |codes, scale, out| grid.read(codes, scale, out))?;
        let parts = self.split(bytes, num_values / self.dim);
        let (codes, scale) = parts.mean()?;
        // Behind the tokens for a moment, so that scoring allocates nothing.
        out.resize(num_values + self.dim, 0.0);
        let (rows, mean) = out.split_at_mut(num_values);
        INT4.read(codes, scale, mean);
        for row in rows.chunks_exact_mut(self.dim) {
            row.iter_mut().zip(&*mean).for_each(|(value, mean)| *value += mean);
        }
        out.truncate(num_values);
        if let Some(centroids) = &self.centroids {
            let mut numbers = Vec::new();
            centroids.read_numbers(parts.numbers, num_values / self.dim, &mut numbers)?;
            centroids.put_back(&numbers, out);
        }
        Ok(())
    }

    /// The parts of a document of integer codes.
    pub(super) fn split<'b>(
        &self,
        bytes: &'b [u8],
        num_tokens: usize,
    ) -> Parts<'b, impl ExactSizeIterator<Item = f32> + use<'b>> {
        let (codes, rest) = bytes.split_at(num_tokens * self.code_bytes());
        let (scales, rest) = rest.split_at(num_tokens * TOKEN_SCALE_BYTES);
        let (numbers, mean) = rest.split_at(self.numbers_bytes(num_tokens));
        let (scales, _) = scales.as_chunks::<2>();
        let scales = scales.iter().map(|&scale| bf16_to_f32(u16::from_le_bytes(scale)));
        Parts { codes, scales, numbers, mean }
    }
}

/// A document of integer codes.
pub(super) struct Parts<'b, S> {
    /// Row after row.
    pub(super) codes: &'b [u8],
    /// One a token, not yet [checked].
    pub(super) scales: S,
    /// Numbers of the tokens' centroids; empty where there are none.
    pub(super) numbers: &'b [u8],
    /// Codes and scale of the mean; nothing where there is none.
    mean: &'b [u8],
}

impl<'b, S> Parts<'b, S> {
    /// Codes and scale of the mean, which must be there.
    pub(super) fn mean(&self) -> Result<(&'b [u8], f32), CodecError> {
        let (codes, scale) = self.mean.split_last_chunk().ok_or(CodecError::DamagedMean)?;
        match bf16_to_f32(u16::from_le_bytes(*scale)) {
            scale if is_scale(scale) => Ok((codes, scale)),
            _ => Err(CodecError::DamagedMean),
        }
    }
}

/// Returns whether an encoder may have written a scale.
pub(super) fn is_scale(scale: f32) -> bool {
    (0.0..=MAX_SCALE).contains(&scale)
}

/// A scale that an encoder may have written, no larger than the longest token: its sums with codes are finite.
pub(super) fn checked(scale: f32, token: usize) -> Result<f32, CodecError> {
    if is_scale(scale) { Ok(scale) } else { Err(CodecError::Damaged { token }) }
}
