//! Schema: parameters that are fixed when a collection is created. Encodings are enums, so that an impossible schema
//! cannot be written.

mod stored;

use crate::error::{Error, ErrorKind, Result};
use crate::reduction::Reduction;
use crate::words::WordsSchema;
use pleiad_compress::fde::{FdeGenerator, FdeParams};
use pleiad_compress::lemur::LemurParams;
use pleiad_compress::quantize::{CodecError, FdeCode, TokenCode};
use pleiad_compress::reduce::ReduceScratch;
use pleiad_vectors::MultiVector;
use serde::Serialize;
use stored::Stored;

/// The parameters of a collection, fixed at its creation: the shape of its vectors and how they are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Values per token vector, the same for documents and queries.
    pub dim: usize,
    /// Token vectors of a document that share a row: everything below works on the rows.
    pub reduction: Reduction,
    /// Encoding of token vectors: the exact score is exact over these.
    pub tokens: TokenEncoding,
    /// Encoding of a whole set as the one vector that candidates are found by.
    pub encoding: SetEncoding,
    /// Encoder that the vectors come from, e.g. `mini-v1`: vectors of another one mean something else.
    pub encoder: Option<String>,
    /// The lexical side: documents come with terms, and can be searched by them.
    pub words: Option<WordsSchema>,
    /// One vector for each whole document, beside its token vectors.
    pub sentence: Option<SentenceSchema>,
    /// True where documents keep which of their token vectors share a row, so that the words behind a row can be named
    /// without running the model again ([`Snapshot::row_labels`](crate::Snapshot::row_labels)): half a byte for each
    /// token vector, about. It says nothing where the reduction keeps all rows.
    pub row_labels: bool,
    /// True where documents belong to tenants, which see nothing of each other ([`Tenant`](crate::Tenant)).
    pub tenants: bool,
}

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

    fn of(code: FdeCode) -> Result<Self> {
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

/// The sentence vector of a schema: one for every document, as encoders that were trained to compare whole texts give it.
///
/// It is kept at unit length in four bits a value and a scale: `dim / 2 + 2` bytes a document, 194 of 384 values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentenceSchema {
    /// Values of the vector, the same for documents and queries.
    pub dim: usize,
}

impl Schema {
    /// The defaults for token vectors of a dimension: 8-bit tokens, and one sign bit for each value of an FDE with
    /// [`Schema::fde_params`] (1,282 bytes), the best that `docs/performance.md` measured for its bytes.
    pub fn new(dim: usize) -> Self {
        Self {
            dim,
            reduction: Reduction::Keep,
            tokens: TokenEncoding::Int8,
            encoding: SetEncoding::Fde { params: Self::fde_params(dim), code: FdeCode::Sign },
            encoder: None,
            words: None,
            sentence: None,
            row_labels: true,
            tenants: false,
        }
    }

    /// The default parameters of an FDE for token vectors of a dimension: 40 repetitions, 16 partitions, and up to 16
    /// dimensions in each.
    pub fn fde_params(dim: usize) -> FdeParams {
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

    /// The same with an FDE of these parameters, kept as signs.
    #[must_use]
    pub fn with_fde(self, params: FdeParams) -> Self {
        Self { encoding: SetEncoding::Fde { params, code: FdeCode::Sign }, ..self }
    }

    /// The same with candidates found by regression on so many trained features, in four bits each: 512 are about as
    /// good from a fifth of the bytes, for ten times the work on a document and some CPU seconds of training
    /// (`docs/performance.md`).
    #[must_use]
    pub fn with_lemur(self, num_features: u32) -> Self {
        let seed = match &self.encoding {
            SetEncoding::Fde { params, .. } => params.seed,
            SetEncoding::Lemur { params, .. } => params.seed,
        };
        let params = LemurParams::new(num_features, seed);
        Self { encoding: SetEncoding::Lemur { params, code: LemurCode::Int4 }, ..self }
    }

    /// The columns that documents need not have.
    pub(crate) fn optional_columns(&self) -> OptionalColumns {
        let sentence = NUM_COMMON_COLUMNS + usize::from(self.words.is_some());
        OptionalColumns { sentence, labels: sentence + usize::from(self.sentence.is_some()) }
    }

    /// Returns whether documents have a column of labels.
    pub(crate) fn keeps_labels(&self) -> bool {
        self.row_labels && self.reduction != Reduction::Keep
    }

    /// The stored row of each token vector of a document, so that what answered a query can be named by its words:
    /// an [`Explanation`](crate::Explanation) speaks of rows. Cost: the reduction is done again; where the schema has
    /// `row_labels`, [`Snapshot::row_labels`](crate::Snapshot::row_labels) reads it.
    ///
    /// A processor with other instructions than the one that stored the document may round a near tie the other
    /// way and name a neighboring row.
    ///
    /// # Errors
    /// `InvalidArgument` when the vectors have another dimension, or this schema is impossible.
    pub fn reduced_rows(&self, vectors: &MultiVector) -> Result<Vec<u32>> {
        if vectors.dim() != self.dim {
            let message = format!(
                "the vectors have dimension {}; this collection holds dimension {}",
                vectors.dim(),
                self.dim
            );
            return Err(Error::invalid(message));
        }
        let Some(reducer) = self.reduction.reducer()?.filter(|_| !vectors.is_empty()) else {
            return Ok((0..vectors.num_tokens() as u32).collect());
        };
        let reduced = reducer
            .reduce(vectors.as_ref(), NUM_PROTECTED, &mut ReduceScratch::default())
            .map_err(|error| Error::invalid(error.to_string()).caused_by(error))?;
        Ok(reduced.labels)
    }

    /// The schema in the words of the manifest.
    pub(crate) fn stored(&self) -> impl Serialize + use<> {
        Stored::from(self)
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>> {
        bytes_of(&Stored::from(self))
    }

    /// The same of a collection whose documents may lack token vectors.
    pub(crate) fn to_bytes_without_vectors(&self) -> Result<Vec<u8>> {
        bytes_of(&Stored::from(self).without_vectors())
    }

    /// Returns whether a stored schema says that documents may lack token vectors.
    pub(crate) fn says_vectorless(stored: &[u8]) -> bool {
        Stored::is_vectorless(stored)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Stored::parse(bytes)
    }
}

fn bytes_of(stored: &Stored) -> Result<Vec<u8>> {
    serde_json::to_vec(stored)
        .map_err(|error| Error::new(ErrorKind::Internal, "the schema cannot be written").caused_by(error))
}

/// Columns of every collection; terms stand behind them where there are some.
pub(crate) const NUM_COMMON_COLUMNS: usize = 4;

/// Places of the columns behind the terms, as far as the schema has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OptionalColumns {
    /// The sentence vector.
    pub(crate) sentence: usize,
    /// The row that each token went to.
    pub(crate) labels: usize,
}

/// Tokens at the beginning of a document that keep rows of their own: none, no token is special to the engine.
pub(crate) const NUM_PROTECTED: usize = 0;
