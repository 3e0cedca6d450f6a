//! The sentence vector of documents: one vector for each whole text, compared by its direction, in a column of its own.

use crate::Schema;
use crate::error::{Error, Result};
use crate::schema::SentenceSchema;
use pleiad_compress::quantize::{CodecError, UnitVectorCodec, UnitVectorScorer};
use pleiad_kernels::Isa;
use std::fmt::Display;

/// The column of sentence vectors.
pub(crate) struct SentenceField {
    /// Fixed width, so that a scan reads one stretch of memory.
    pub(crate) column: usize,
    codec: UnitVectorCodec,
}

impl SentenceField {
    /// The column that a schema describes; nothing where documents have no sentence vector.
    ///
    /// # Errors
    /// `InvalidArgument` for a dimension out of range.
    pub(crate) fn new(schema: &Schema) -> Result<Option<Self>> {
        let Some(SentenceSchema { dim }) = schema.sentence else { return Ok(None) };
        let codec = UnitVectorCodec::new(dim)
            .map_err(|error| Error::invalid(format!("sentence vectors: {error}")).caused_by(error))?;
        Ok(Some(Self { column: schema.optional_columns().sentence, codec }))
    }

    /// Bytes of every row.
    pub(crate) fn width(&self) -> usize {
        self.codec.bytes()
    }

    /// The vector of a document without any.
    pub(crate) fn zeros(&self) -> Vec<f32> {
        vec![0.0; self.codec.dim()]
    }

    /// The row of the document of this key.
    ///
    /// # Errors
    /// `InvalidArgument`, which names the document, when it has no sentence vector or one that does not fit.
    pub(crate) fn encode(&self, key: &str, sentence: Option<&[f32]>) -> Result<Vec<u8>> {
        let dim = self.codec.dim();
        let Some(sentence) = sentence else {
            return Err(Error::invalid(format!(
                "document {key:?} has no sentence vector; this collection keeps one of dimension {dim} for each document"
            )));
        };
        let mut row = Vec::with_capacity(self.codec.bytes());
        match self.codec.encode(sentence, &mut row) {
            Ok(()) => Ok(row),
            Err(error @ CodecError::WrongDimension { found, .. }) => Err(Error::invalid(format!(
                "document {key:?} has a sentence vector of dimension {found}; this collection keeps dimension {dim}"
            ))
            .caused_by(error)),
            Err(error) => {
                let message = format!("document {key:?}: its sentence vector cannot be stored: {error}");
                Err(Error::invalid(message).caused_by(error))
            }
        }
    }

    /// The vector of a row; `place` names it in errors.
    ///
    /// # Errors
    /// `Corrupt` when it cannot be read.
    pub(crate) fn decode(&self, row: &[u8], place: impl Fn() -> String) -> Result<Vec<f32>> {
        let mut values = Vec::new();
        self.codec.decode(row, &mut values).map_err(|error| damaged(&place(), &error).caused_by(error))?;
        Ok(values)
    }

    /// A query's vector, packed to be compared with those of documents.
    ///
    /// # Errors
    /// `InvalidArgument` when it has another dimension or a value that is not finite.
    pub(crate) fn scorer(&self, query: &[f32], isa: Isa) -> Result<UnitVectorScorer> {
        UnitVectorScorer::new(&self.codec, query, isa).map_err(|error| {
            let message = match error {
                CodecError::WrongDimension { expected, found } => format!(
                    "the query's sentence vector has dimension {found}; this collection keeps dimension {expected}"
                ),
                _ => format!("the query's sentence vector: {error}"),
            };
            Error::invalid(message).caused_by(error)
        })
    }

    /// The cosine of a query with a row; `place` names it in errors.
    ///
    /// # Errors
    /// `Corrupt` when the row cannot be read.
    pub(crate) fn cosine(
        &self,
        scorer: &mut UnitVectorScorer,
        row: &[u8],
        place: impl Fn() -> String,
    ) -> Result<f32> {
        scorer.cosine(row).map_err(|error| damaged(&place(), &error).caused_by(error))
    }
}

fn damaged(place: &str, error: &dyn Display) -> Error {
    Error::corrupt(format!("{place}: its sentence vector is damaged: {error}"))
}
