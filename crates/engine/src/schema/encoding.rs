use crate::error::{Error, Result};
use pleiad_compress::fde::{FdeGenerator, FdeParams};
use pleiad_compress::lemur::LemurParams;
use pleiad_compress::quantize::{CodecError, FdeCode, TokenCode};

/// Encoding of token vectors, by bits for each value.
///
/// Codes of 4, 2 or 1 bits may be residuals of centroids, which the collection learns from its first batch: a quarter
/// less of the exact top ten is lost, for the bits that name a centroid (`docs/quantization.md`). The batch must have
/// eight token vectors for each centroid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenEncoding {
    /// Half floats.
    F16,
    /// 8 bits.
    Int8,
    /// 4 bits.
    Int4 {
        /// Number of centroids, if codes are residuals of some.
        centroids: Option<u32>,
    },
    /// 2 bits.
    Int2 {
        /// Number of centroids, if codes are residuals of some.
        centroids: Option<u32>,
    },
    /// 1 bit.
    Int1 {
        /// Number of centroids, if codes are residuals of some.
        centroids: Option<u32>,
    },
}

impl TokenEncoding {
    /// A code, and a number of centroids if its values are residuals.
    ///
    /// # Errors
    /// `InvalidArgument` for centroids with a code that takes none.
    pub fn new(code: TokenCode, centroids: Option<u32>) -> Result<Self> {
        match (code, centroids) {
            (TokenCode::F16, None) => Ok(Self::F16),
            (TokenCode::Int8, None) => Ok(Self::Int8),
            (TokenCode::F16 | TokenCode::Int8, Some(_)) => {
                let error = CodecError::Centroids { code };
                Err(Error::invalid(error.to_string()).caused_by(error))
            }
            (TokenCode::Int4, centroids) => Ok(Self::Int4 { centroids }),
            (TokenCode::Int2, centroids) => Ok(Self::Int2 { centroids }),
            (TokenCode::Int1, centroids) => Ok(Self::Int1 { centroids }),
        }
    }

    /// The code of each value.
    pub fn code(self) -> TokenCode {
        match self {
            Self::F16 => TokenCode::F16,
            Self::Int8 => TokenCode::Int8,
            Self::Int4 { .. } => TokenCode::Int4,
            Self::Int2 { .. } => TokenCode::Int2,
            Self::Int1 { .. } => TokenCode::Int1,
        }
    }

    /// The number of centroids, if codes are residuals of some.
    pub fn centroids(self) -> Option<u32> {
        match self {
            Self::F16 | Self::Int8 => None,
            Self::Int4 { centroids } | Self::Int2 { centroids } | Self::Int1 { centroids } => centroids,
        }
    }
}

/// Encoding of a set of token vectors as one vector, and the code that keeps it.
#[derive(Debug, Clone, PartialEq)]
pub enum SetEncoding {
    /// A Fixed Dimensional Encoding (MUVERA, arXiv 2405.19504).
    Fde {
        /// Its parameters.
        params: FdeParams,
        /// Its code.
        code: FdeCode,
    },
    /// Regression on features (LEMUR): the collection learns from its first batch, which must be large enough.
    Lemur {
        /// Its parameters.
        params: LemurParams,
        /// Its code.
        code: LemurCode,
    },
}

impl SetEncoding {
    /// The code that keeps the vector.
    pub fn code(&self) -> FdeCode {
        match self {
            Self::Fde { code, .. } => *code,
            Self::Lemur { code, .. } => code.fde_code(),
        }
    }
}

/// Codes that keep LEMUR's weights: their signs alone find nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LemurCode {
    /// 32-bit floats.
    F32,
    /// 8 bits.
    Int8,
    /// 4 bits.
    Int4,
}

impl LemurCode {
    /// The same code, as one of any set encoding.
    pub fn fde_code(self) -> FdeCode {
        match self {
            Self::F32 => FdeCode::F32,
            Self::Int8 => FdeCode::Int8,
            Self::Int4 => FdeCode::Int4,
        }
    }

    pub(super) fn of(code: FdeCode) -> Result<Self> {
        match code {
            FdeCode::F32 => Ok(Self::F32),
            FdeCode::Int8 => Ok(Self::Int8),
            FdeCode::Int4 => Ok(Self::Int4),
            FdeCode::Sign => {
                Err(Error::invalid("signs of LEMUR's weights find nothing: keep them as int4 or int8"))
            }
        }
    }
}

/// The default parameters of an FDE.
pub(super) fn default_fde(dim: usize) -> FdeParams {
    FdeParams {
        repetitions: 40,
        simhash_projections: 4,
        projection_dim: (dim > 16).then_some(16),
        final_projection_dim: None,
        fill_empty_partitions: true,
        seed: 42,
        generator: FdeGenerator::Portable,
    }
}
