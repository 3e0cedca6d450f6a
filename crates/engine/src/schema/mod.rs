//! Schema: parameters that are fixed when a collection is created. Encodings are enums, so that an impossible schema
//! cannot be written.

mod encoding;
mod sets;
mod shape;
mod stored;
mod stored_set;

pub use encoding::{LemurCode, SetEncoding, TokenEncoding};
pub(crate) use shape::FieldSchema;
pub use shape::SetSchema;

use crate::error::{Error, ErrorKind, Result};
use crate::reduction::Reduction;
use crate::words::WordsSchema;
use encoding::default_fde;
use pleiad_compress::fde::FdeParams;
use pleiad_compress::lemur::LemurParams;
use pleiad_compress::quantize::FdeCode;
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
    /// Further vector sets of each document, with names, beside the one that the fields above say, whose name is
    /// [`SetSchema::BODY`]. A document may lack any of them; releases that do not know sets refuse such a collection.
    pub sets: Vec<SetSchema>,
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
            sets: Vec::new(),
        }
    }

    /// The default parameters of an FDE for token vectors of a dimension: 40 repetitions, 16 partitions, and up to 16
    /// dimensions in each.
    pub fn fde_params(dim: usize) -> FdeParams {
        default_fde(dim)
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
        let labels = sentence + usize::from(self.sentence.is_some());
        OptionalColumns { sentence, labels, sets: labels + usize::from(self.keeps_labels()) }
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
    /// The codes of the first further set: two columns for each.
    pub(crate) sets: usize,
}

/// Tokens at the beginning of a document that keep rows of their own: none, no token is special to the engine.
pub(crate) const NUM_PROTECTED: usize = 0;
