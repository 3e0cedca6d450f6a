//! What one would do without a kernel of one's own: a matrix product, then the maxima.

use crate::data::{DIM, DOC_TOKENS, QUERY_TOKENS};
use gemm::{Parallelism, gemm};

/// The `gemm` crate's product of a document and a query, and a maximum over it.
///
/// The query is transposed once and the product written with query tokens side by side, the fastest of the
/// layouts tried for it; the maximum is compiled for AVX-512 where that is there.
pub struct GemmPlusMax {
    /// `[DIM][QUERY_TOKENS]`.
    query: Vec<f32>,
    /// `[DOC_TOKENS][QUERY_TOKENS]`.
    product: Vec<f32>,
}

impl GemmPlusMax {
    /// Transposes the query.
    pub fn new(query: &[f32]) -> Self {
        let transposed = (0..DIM).flat_map(|k| (0..QUERY_TOKENS).map(move |token| query[token * DIM + k]));
        Self { query: transposed.collect(), product: vec![0.0; DOC_TOKENS * QUERY_TOKENS] }
    }

    /// The score of one document.
    pub fn maxsim(&mut self, document: &[f32]) -> f32 {
        assert_eq!(document.len(), DOC_TOKENS * DIM);
        // SAFETY: the three matrices have the shapes and strides given: query [QUERY_TOKENS × DIM] with tokens
        // side by side, document transposed [DIM × DOC_TOKENS], product with tokens of the query side by side.
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
                QUERY_TOKENS as isize,
                1,
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
        sum_of_maxima(&self.product)
    }
}

fn sum_of_maxima(product: &[f32]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: just detected.
        return unsafe { sum_of_maxima_avx512(product) };
    }
    sum_of_maxima_anywhere(product)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sum_of_maxima_avx512(product: &[f32]) -> f32 {
    sum_of_maxima_anywhere(product)
}

#[inline(always)]
fn sum_of_maxima_anywhere(product: &[f32]) -> f32 {
    let mut maxima = [f32::NEG_INFINITY; QUERY_TOKENS];
    for row in product.chunks_exact(QUERY_TOKENS) {
        for (maximum, &similarity) in maxima.iter_mut().zip(row) {
            *maximum = if similarity > *maximum { similarity } else { *maximum };
        }
    }
    maxima.iter().sum()
}
