//! MaxSim without a kernel of its own: a matrix product, then the maxima.

use super::maxima::sum_of_maxima;
use crate::data::{DIM, DOC_TOKENS, QUERY_TOKENS};
use gemm::{Parallelism, gemm};

/// The `gemm` crate's product of a query and a document, and a maximum over it.
///
/// The product is written with query tokens side by side, so that the maximum needs no sum across lanes; it is
/// compiled for AVX-512 where that is there.
pub struct GemmPlusMax {
    query: Vec<f32>,
    /// From one dimension to the next, and from one token to the next.
    strides: (isize, isize),
    /// `[DOC_TOKENS][QUERY_TOKENS]`.
    product: Vec<f32>,
}

impl GemmPlusMax {
    /// With the query as it comes, `[QUERY_TOKENS][DIM]`.
    pub fn row_major(query: &[f32]) -> Self {
        Self {
            query: query.to_vec(),
            strides: (1, DIM as isize),
            product: vec![0.0; DOC_TOKENS * QUERY_TOKENS],
        }
    }

    /// With the query transposed once, `[DIM][QUERY_TOKENS]`.
    pub fn transposed(query: &[f32]) -> Self {
        let transposed = (0..DIM).flat_map(|k| (0..QUERY_TOKENS).map(move |token| query[token * DIM + k]));
        Self { query: transposed.collect(), strides: (QUERY_TOKENS as isize, 1), ..Self::row_major(&[]) }
    }

    /// The score of one document.
    pub fn maxsim(&mut self, document: &[f32]) -> f32 {
        assert_eq!((self.query.len(), document.len()), (QUERY_TOKENS * DIM, DOC_TOKENS * DIM));
        // SAFETY: the matrices have the shapes and strides given: query [QUERY_TOKENS × DIM], document transposed
        // [DIM × DOC_TOKENS], product [QUERY_TOKENS × DOC_TOKENS], column by column.
        unsafe {
            gemm(
                QUERY_TOKENS,
                DOC_TOKENS,
                DIM,
                self.product.as_mut_ptr(),
                QUERY_TOKENS as isize,
                1,
                false,
                self.query.as_ptr(),
                self.strides.0,
                self.strides.1,
                document.as_ptr(),
                DIM as isize,
                1,
                0.0,
                1.0,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
        sum_of_maxima(&self.product) as f32
    }
}
