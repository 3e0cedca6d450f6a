use super::CodecError;
use super::centroids::CodedCentroids;
use super::grid::{INT1, INT2, INT4};
use crate::fde::MAX_FDE_DIM;
use crate::kmeans::TokenCentroids;
use pleiad_kernels::Levels;
use pleiad_vectors::MAX_DIM;
use std::sync::Arc;

/// Largest magnitude of a value that integer codes accept: its inner products are still far from overflow.
pub const MAX_CODED_VALUE: f32 = 1e15;

/// Bytes of the scale behind each token's integer codes: a bfloat16, little-endian.
pub(super) const TOKEN_SCALE_BYTES: usize = 2;

/// Bytes of the scale behind each encoding's integer codes: an `f32`, little-endian.
pub(super) const FDE_SCALE_BYTES: usize = 4;

/// Stored form of token vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenCode {
    /// Half floats, little-endian.
    F16,
    /// One byte a value, `128 + round(value / scale)`, with one scale per token.
    Int8,
    /// Four bits a value of the rotated token less its document's mean: sixteen levels for normal values, with one scale
    /// per token. Ranks 97 % of the exact top ten among its own.
    Int4,
    /// Two bits, four levels, otherwise as [`TokenCode::Int4`]: 91 to 93 % of the top ten, and all of it among the
    /// first 21 on 19 of 20 queries.
    Int2,
    /// One bit, the sign, otherwise as [`TokenCode::Int4`]: 82 to 86 % of the top ten, and all of it among the first
    /// 40 on 19 of 20 queries. It finds candidates for finer codes.
    Int1,
}

/// Stored form of encodings, each in the same number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FdeCode {
    /// As they are, little-endian.
    F32,
    /// One byte a value, with one scale per encoding.
    Int8,
    /// Four bits a value, with one scale per encoding.
    Int4,
    /// The sign of each value, a thirty-second of the bytes, and the mean length of the document's tokens as a
    /// bfloat16, little-endian.
    ///
    /// A block's mean is the shorter the more its tokens differ, while the MaxSim that it stands for is not: signs
    /// forget that length. So they rank *better* than the values where a few dimensions hold what tokens have in
    /// common (projected MiniLM: 108 candidates fall to 78 on cranfield, 198 to 164 on scifact), and about as well
    /// where all dimensions share it (ColBERTv2: 167 become 174). Measured by `cargo xtask bench fde`. How long the
    /// tokens are matters, though, wherever an encoder gives them different lengths.
    Sign,
}

/// Reads and writes sets of token vectors of one dimension.
///
/// A document is the codes of all its tokens, row after row, then their scales, then the numbers of their centroids if
/// it has any, then with codes of a few bits the mean of its tokens, in four bits a value and with a scale: the codes
/// lie as the kernels read them. It holds no header: how many tokens there are follows from its length, which is zero
/// without any.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenCodec {
    pub(super) code: TokenCode,
    pub(super) dim: usize,
    /// Centroids of residual codes; only with codes of a few bits.
    pub(super) centroids: Option<Arc<CodedCentroids>>,
}

/// Reads and writes encodings of one dimension: codes, then the scale, in [`FdeCodec::bytes`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FdeCodec {
    pub(super) code: FdeCode,
    pub(super) fde_dim: usize,
}

impl TokenCodec {
    /// A codec for token vectors of `dim` values.
    ///
    /// # Errors
    /// [`CodecError::Dimension`] outside `1..=`[`MAX_DIM`].
    pub fn new(code: TokenCode, dim: usize) -> Result<Self, CodecError> {
        if (1..=MAX_DIM).contains(&dim) {
            Ok(Self { code, dim, centroids: None })
        } else {
            Err(CodecError::Dimension { dim, max: MAX_DIM })
        }
    }

    /// A codec of a few bits for how tokens differ from the nearest of some centroids. Cost: a rotation of each.
    ///
    /// Clones share the centroids. What one such codec wrote, only one with equal centroids reads.
    ///
    /// # Errors
    /// [`CodecError::Centroids`] for a code of eight or sixteen bits.
    pub fn residual(code: TokenCode, centroids: Arc<TokenCentroids>) -> Result<Self, CodecError> {
        let plain = Self::new(code, centroids.dim())?;
        if !plain.is_rotated() {
            return Err(CodecError::Centroids { code });
        }
        Ok(Self { centroids: Some(Arc::new(CodedCentroids::new(centroids))), ..plain })
    }

    /// Returns the stored form of the values.
    pub fn code(&self) -> TokenCode {
        self.code
    }

    /// Values per token vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Bytes of one token, its scale included; [`TokenCodec::number_bits`] and [`TokenCodec::mean_bytes`] not.
    pub fn bytes_per_token(&self) -> usize {
        match self.code {
            TokenCode::F16 => 2 * self.dim,
            _ => self.code_bytes() + TOKEN_SCALE_BYTES,
        }
    }

    /// Bits that name a token's centroid; zero where there are none.
    pub fn number_bits(&self) -> usize {
        self.centroids.as_ref().map_or(0, |centroids| centroids.number_bits())
    }

    /// Bits of one token, its scale and the number of its centroid included; [`TokenCodec::mean_bytes`] not.
    pub fn bits_per_token(&self) -> usize {
        8 * self.bytes_per_token() + self.number_bits()
    }

    /// Bytes of the mean behind the tokens of a document, its scale included; zero for codes without one.
    pub fn mean_bytes(&self) -> usize {
        if self.is_rotated() { self.mean_code_bytes() + TOKEN_SCALE_BYTES } else { 0 }
    }

    /// Bytes of a document of so many tokens.
    pub fn document_bytes(&self, num_tokens: usize) -> usize {
        let numbers = self.numbers_bytes(num_tokens);
        if num_tokens == 0 { 0 } else { num_tokens * self.bytes_per_token() + numbers + self.mean_bytes() }
    }

    /// Bytes of the numbers of so many centroids.
    pub(super) fn numbers_bytes(&self, num_tokens: usize) -> usize {
        (num_tokens * self.number_bits()).div_ceil(8)
    }

    /// Bytes of the mean's codes alone.
    pub(super) fn mean_code_bytes(&self) -> usize {
        self.dim.div_ceil(2)
    }

    /// Bytes of one token's codes alone.
    pub(super) fn code_bytes(&self) -> usize {
        match self.code {
            TokenCode::F16 => 2 * self.dim,
            TokenCode::Int8 => self.dim,
            TokenCode::Int4 => self.dim.div_ceil(2),
            TokenCode::Int2 => self.dim.div_ceil(4),
            TokenCode::Int1 => self.dim.div_ceil(8),
        }
    }

    /// Returns the values of codes of a few bits, in steps of a token's scale and after the rotation.
    pub(super) fn levels(&self) -> Option<Levels> {
        match self.code {
            TokenCode::F16 | TokenCode::Int8 => None,
            TokenCode::Int4 => Some(INT4.levels::<16>().into()),
            TokenCode::Int2 => Some(INT2.levels::<4>().into()),
            TokenCode::Int1 => Some(INT1.levels::<2>().into()),
        }
    }

    /// Returns whether codes stand for rotated values.
    pub(super) fn is_rotated(&self) -> bool {
        self.levels().is_some()
    }

    /// Tokens in a document of so many bytes.
    ///
    /// # Errors
    /// [`CodecError::Length`] when they are no whole number of tokens, with a mean behind them where there is one.
    pub fn num_tokens(&self, num_bytes: usize) -> Result<usize, CodecError> {
        let (bytes_per_token, number_bits) = (self.bytes_per_token(), self.number_bits());
        // The bits that fill up the last number's byte are fewer than those of a token.
        let of_tokens = num_bytes.saturating_sub(self.mean_bytes());
        let num_tokens = 8 * of_tokens / self.bits_per_token();
        if self.document_bytes(num_tokens) == num_bytes {
            return Ok(num_tokens);
        }
        Err(CodecError::Length { num_bytes, bytes_per_token, number_bits, mean_bytes: self.mean_bytes() })
    }
}

impl FdeCodec {
    /// A codec for encodings of `fde_dim` values.
    ///
    /// # Errors
    /// [`CodecError::Dimension`] outside `1..=`[`MAX_FDE_DIM`].
    pub fn new(code: FdeCode, fde_dim: usize) -> Result<Self, CodecError> {
        if (1..=MAX_FDE_DIM).contains(&fde_dim) {
            Ok(Self { code, fde_dim })
        } else {
            Err(CodecError::Dimension { dim: fde_dim, max: MAX_FDE_DIM })
        }
    }

    /// Returns the stored form of the values.
    pub fn code(&self) -> FdeCode {
        self.code
    }

    /// Values per encoding.
    pub fn fde_dim(&self) -> usize {
        self.fde_dim
    }

    /// Bytes of every encoding, its scale included.
    pub fn bytes(&self) -> usize {
        match self.code {
            FdeCode::F32 => 4 * self.fde_dim,
            FdeCode::Int8 | FdeCode::Int4 => self.code_bytes() + FDE_SCALE_BYTES,
            FdeCode::Sign => self.code_bytes() + TOKEN_SCALE_BYTES,
        }
    }

    /// Bytes of the codes alone.
    pub(super) fn code_bytes(&self) -> usize {
        match self.code {
            FdeCode::F32 => 4 * self.fde_dim,
            FdeCode::Int8 => self.fde_dim,
            FdeCode::Int4 => self.fde_dim.div_ceil(2),
            FdeCode::Sign => self.fde_dim.div_ceil(8),
        }
    }
}
