use super::steps::{
    bf16_nearest, bf16_to_f32, int4_scale, int8_scale, push_int4, push_int8, read_int4, read_int8,
};
use super::{CodecError, FdeCode, FdeCodec, MAX_CODED_VALUE};

impl FdeCodec {
    /// Appends the codes of an encoding to `bytes`: [`FdeCodec::bytes`] of them.
    ///
    /// `token_length` is the mean length of the document's token vectors, 1 for unit vectors: what
    /// [`FdeCode::Sign`] alone could not tell. The other codes keep the lengths of the values themselves.
    ///
    /// Cost: two passes, five for [`FdeCode::Int4`].
    ///
    /// # Errors
    /// [`CodecError::WrongDimension`], or [`CodecError::NotFinite`] for the first value that is not finite or is
    /// beyond ±[`MAX_CODED_VALUE`]. `bytes` is then as before.
    pub fn encode(&self, fde: &[f32], token_length: f32, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        self.check(fde)?;
        bytes.reserve(self.bytes());
        let scale = match self.code {
            FdeCode::F32 => {
                bytes.extend(fde.iter().flat_map(|v| v.to_le_bytes()));
                return Ok(());
            }
            FdeCode::Sign => {
                if !(0.0..=MAX_CODED_VALUE).contains(&token_length) {
                    return Err(CodecError::TokenLength { value: token_length });
                }
                bytes.extend(fde.chunks(8).map(signs));
                bytes.extend(bf16_nearest(token_length).to_le_bytes());
                return Ok(());
            }
            FdeCode::Int8 => {
                let scale = int8_scale(fde);
                push_int8(fde, scale, bytes);
                scale
            }
            FdeCode::Int4 => {
                let scale = int4_scale(fde);
                push_int4(fde, scale, bytes);
                scale
            }
        };
        bytes.extend(scale.to_le_bytes());
        Ok(())
    }

    pub(super) fn check(&self, fde: &[f32]) -> Result<(), CodecError> {
        if fde.len() != self.fde_dim {
            return Err(CodecError::WrongDimension { expected: self.fde_dim, found: fde.len() });
        }
        match fde.iter().position(|v| v.is_nan() || v.abs() > MAX_CODED_VALUE) {
            Some(position) => Err(CodecError::NotFinite { position, value: fde[position] }),
            None => Ok(()),
        }
    }

    /// Replaces `out` by the values of one encoding's codes.
    ///
    /// # Errors
    /// [`CodecError::Length`] unless there are [`FdeCodec::bytes`] bytes.
    pub fn decode(&self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), CodecError> {
        if bytes.len() != self.bytes() {
            let (num_bytes, bytes_per_token) = (bytes.len(), self.bytes());
            return Err(CodecError::Length { num_bytes, bytes_per_token, number_bits: 0, mean_bytes: 0 });
        }
        out.clear();
        out.resize(self.fde_dim, 0.0);
        match self.code {
            FdeCode::F32 => read_f32(bytes, out),
            FdeCode::Sign => {
                let length = self.token_length(bytes);
                for (i, value) in out.iter_mut().enumerate() {
                    *value = if bytes[i / 8] >> (i % 8) & 1 == 1 { length } else { -length };
                }
            }
            FdeCode::Int8 => read_int8(bytes, self.scale(bytes), out),
            FdeCode::Int4 => read_int4(&bytes[..self.code_bytes()], self.scale(bytes), out),
        }
        Ok(())
    }

    /// The mean length of a document's tokens, behind its signs.
    pub(super) fn token_length(&self, row: &[u8]) -> f32 {
        let at = self.code_bytes();
        bf16_to_f32(u16::from_le_bytes([row[at], row[at + 1]]))
    }

    /// The scale behind the codes of one encoding.
    pub(super) fn scale(&self, row: &[u8]) -> f32 {
        let mut scale = [0.0];
        read_f32(&row[self.code_bytes()..], &mut scale);
        scale[0]
    }
}

/// Up to eight signs in a byte, the first lowest: 1 for what is above zero.
fn signs(values: &[f32]) -> u8 {
    values.iter().rev().fold(0, |bits, &value| bits << 1 | u8::from(value > 0.0))
}

/// Little-endian values.
pub(super) fn read_f32(bytes: &[u8], out: &mut [f32]) {
    let (words, _) = bytes.as_chunks::<4>();
    for (out, &word) in out.iter_mut().zip(words) {
        *out = f32::from_le_bytes(word);
    }
}
