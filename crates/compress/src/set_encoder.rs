use pleiad_vectors::MultiVectorRef;

/// Sets of vectors become single vectors whose inner products rank documents about as MaxSim does.
///
/// The two sides differ: an encoding of a query is only ever multiplied with encodings of documents, by the same
/// encoder with the same parameters.
pub trait SetEncoder {
    /// Memory that encodings reuse.
    type Scratch: Default;
    /// Why a set cannot become an encoding.
    type Error: std::error::Error;

    /// Values per token vector.
    fn dim(&self) -> usize;

    /// Values per encoding.
    fn encoding_dim(&self) -> usize;

    /// Encodes the asking side into `out`, which must have [`SetEncoder::encoding_dim`] values.
    ///
    /// # Errors
    /// When the tokens have another dimension, `out` another length, or a value is beyond the range of `f32`.
    fn encode_query_into(
        &self,
        tokens: MultiVectorRef<'_>,
        scratch: &mut Self::Scratch,
        out: &mut [f32],
    ) -> Result<(), Self::Error>;

    /// Encodes the answering side: documents back to back into `out`, `[documents, encoding_dim]`. Documents do not
    /// influence each other; a batch may be cheaper than one by one, and then differ from it by rounding.
    ///
    /// # Errors
    /// As [`SetEncoder::encode_query_into`], and for a document without tokens. `out` is then unspecified.
    fn encode_documents_into(
        &self,
        documents: &[MultiVectorRef<'_>],
        scratch: &mut Self::Scratch,
        out: &mut [f32],
    ) -> Result<(), Self::Error>;
}
