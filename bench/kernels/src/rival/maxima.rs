//! The maxima over a product that was written to memory.

use crate::data::QUERY_TOKENS;

/// Factors of products.
pub trait Product: Copy + PartialOrd {
    /// Below everything.
    const LOWEST: Self;

    /// The same as `f64`.
    fn wide(self) -> f64;
}

impl Product for f32 {
    const LOWEST: Self = f32::NEG_INFINITY;

    fn wide(self) -> f64 {
        self.into()
    }
}

impl Product for f64 {
    const LOWEST: Self = f64::NEG_INFINITY;

    fn wide(self) -> f64 {
        self
    }
}

impl Product for i32 {
    const LOWEST: Self = i32::MIN;

    fn wide(self) -> f64 {
        self.into()
    }
}

/// The sum of the largest of each column of `[rows][QUERY_TOKENS]`.
pub fn sum_of_maxima<T: Product>(product: &[T]) -> f64 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        // SAFETY: just detected.
        return unsafe { sum_of_maxima_avx512(product) };
    }
    sum_of_maxima_anywhere(product)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sum_of_maxima_avx512<T: Product>(product: &[T]) -> f64 {
    sum_of_maxima_anywhere(product)
}

#[inline(always)]
fn sum_of_maxima_anywhere<T: Product>(product: &[T]) -> f64 {
    let mut maxima = [T::LOWEST; QUERY_TOKENS];
    for row in product.chunks_exact(QUERY_TOKENS) {
        for (maximum, &similarity) in maxima.iter_mut().zip(row) {
            *maximum = if similarity > *maximum { similarity } else { *maximum };
        }
    }
    let mut sum = 0.0;
    for maximum in maxima {
        sum += maximum.wide();
    }
    sum
}
