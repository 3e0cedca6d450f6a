//! numkong's MaxSim, and its products with a maximum over them.

use super::maxima::{Product, sum_of_maxima};
use crate::data::{DIM, DOC_TOKENS, QUERY_TOKENS};
use numkong::{Dots, MaxSim, MaxSimPackedMatrix, PackedMatrix, Tensor};

/// Its own MaxSim: both sides packed beforehand, each token as bytes beside its values.
///
/// Its score is another one: a sum of *angular* distances, so that tokens are taken as if they were of unit length.
pub struct PackedMaxSim<T: MaxSim> {
    query: MaxSimPackedMatrix<T>,
    documents: Vec<MaxSimPackedMatrix<T>>,
    next: usize,
}

impl<T: MaxSim> PackedMaxSim<T> {
    /// Packs a query and as many documents as asked for, the given ones again and again.
    pub fn new(query: &[T], pattern: &[T], num_docs: usize) -> Self {
        let packed = |values: &[T]| {
            let tokens: Tensor<T> = Tensor::from_slice(values, &[values.len() / DIM, DIM]);
            MaxSimPackedMatrix::pack(&tokens.view())
        };
        let documents = pattern.chunks_exact(DOC_TOKENS * DIM).cycle().take(num_docs);
        Self { query: packed(query), documents: documents.map(packed).collect(), next: 0 }
    }

    /// Bytes that scoring a document reads at most.
    pub fn bytes(&self) -> usize {
        self.documents[0].as_bytes().len()
    }

    /// The score of the next document.
    pub fn score_next(&mut self) -> T::Score {
        self.next = (self.next + 1) % self.documents.len();
        self.query.score(&self.documents[self.next])
    }
}

/// Its product of a document as it lies with a query packed once, and a vectorized maximum over it.
pub struct DotsPlusMax<T: Dots> {
    query: PackedMatrix<T>,
    /// `[DOC_TOKENS][QUERY_TOKENS]`.
    product: Vec<T::Accumulator>,
}

impl<T: Dots> DotsPlusMax<T>
where
    T::Accumulator: Product + Default,
{
    /// Packs a query.
    pub fn new(query: &[T]) -> Self {
        let tokens: Tensor<T> = Tensor::from_slice(query, &[QUERY_TOKENS, DIM]);
        let query = PackedMatrix::try_pack(&tokens).expect("a query of rows");
        Self { query, product: vec![T::Accumulator::default(); DOC_TOKENS * QUERY_TOKENS] }
    }

    /// The score of one document, whose values may be given as bytes.
    pub fn maxsim<V>(&mut self, document: &[V]) -> f64 {
        let row_bytes = DIM * size_of::<T>();
        assert_eq!(size_of_val(document), DOC_TOKENS * row_bytes);
        let values: *const T = document.as_ptr().cast();
        assert!(values.is_aligned(), "documents lie where their values may");
        // SAFETY: the document has `DOC_TOKENS` rows of `row_bytes`, the product as many rows of `QUERY_TOKENS`.
        unsafe {
            T::dots_packed(
                values,
                self.query.as_ptr(),
                self.product.as_mut_ptr(),
                DOC_TOKENS,
                QUERY_TOKENS,
                DIM,
                row_bytes,
                QUERY_TOKENS * size_of::<T::Accumulator>(),
            );
        }
        sum_of_maxima(&self.product)
    }
}
