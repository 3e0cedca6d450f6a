use crate::VectorError;

/// Largest dimension of a token vector.
pub const MAX_DIM: usize = 4096;

/// Most token vectors in one set.
pub const MAX_TOKENS: usize = 1 << 16;

/// A set of token vectors: row-major `[num_tokens, dim]`, every value finite.
///
/// A set may be empty; what an empty one means is for the caller to say.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiVector {
    dim: usize,
    data: Vec<f32>,
}

/// A borrowed [`MultiVector`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultiVectorRef<'a> {
    dim: usize,
    data: &'a [f32],
}

/// The query side of the asymmetric MaxSim: a set of token vectors whose lengths are their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Query(MultiVector);

fn check(data: &[f32], dim: usize) -> Result<(), VectorError> {
    if dim == 0 || dim > MAX_DIM {
        return Err(VectorError::Dimension { dim });
    }
    if !data.len().is_multiple_of(dim) {
        return Err(VectorError::Ragged { num_values: data.len(), dim });
    }
    if data.len() / dim > MAX_TOKENS {
        return Err(VectorError::TooManyTokens { num_tokens: data.len() / dim });
    }
    match data.iter().position(|v| !v.is_finite()) {
        Some(at) => Err(VectorError::NotFinite { row: at / dim, column: at % dim, value: data[at] }),
        None => Ok(()),
    }
}

impl MultiVector {
    /// Takes row-major values. Cost: one pass.
    ///
    /// # Errors
    /// When `dim` is outside `1..=`[`MAX_DIM`], the rows are ragged or too many, or a value is not finite.
    pub fn new(data: Vec<f32>, dim: usize) -> Result<Self, VectorError> {
        check(&data, dim)?;
        Ok(Self { dim, data })
    }

    /// The same, borrowed.
    pub fn as_ref(&self) -> MultiVectorRef<'_> {
        MultiVectorRef { dim: self.dim, data: &self.data }
    }

    /// Values per token vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of token vectors.
    pub fn num_tokens(&self) -> usize {
        self.data.len() / self.dim
    }

    /// Returns whether the set holds no token vector.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// All values, row-major.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The values themselves.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// Token vectors in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.data.chunks_exact(self.dim)
    }
}

impl<'a> MultiVectorRef<'a> {
    /// Borrows row-major values. Cost: one pass.
    ///
    /// # Errors
    /// As [`MultiVector::new`].
    pub fn new(data: &'a [f32], dim: usize) -> Result<Self, VectorError> {
        check(data, dim)?;
        Ok(Self { dim, data })
    }

    /// Values per token vector.
    pub fn dim(self) -> usize {
        self.dim
    }

    /// Number of token vectors.
    pub fn num_tokens(self) -> usize {
        self.data.len() / self.dim
    }

    /// Returns whether the set holds no token vector.
    pub fn is_empty(self) -> bool {
        self.data.is_empty()
    }

    /// All values, row-major.
    pub fn data(self) -> &'a [f32] {
        self.data
    }

    /// Token vectors in order.
    pub fn rows(self) -> impl ExactSizeIterator<Item = &'a [f32]> {
        self.data.chunks_exact(self.dim)
    }

    /// A copy that owns its values.
    pub fn to_owned(self) -> MultiVector {
        MultiVector { dim: self.dim, data: self.data.to_vec() }
    }
}

impl Query {
    /// Says that this set asks rather than answers.
    pub fn new(vectors: MultiVector) -> Self {
        Self(vectors)
    }

    /// The token vectors.
    pub fn vectors(&self) -> MultiVectorRef<'_> {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_values_are_checked() {
        assert_eq!(MultiVector::new(vec![1.0; 6], 3).unwrap().num_tokens(), 2);
        assert!(MultiVector::new(vec![], 3).unwrap().is_empty());
        assert_eq!(MultiVector::new(vec![1.0], 0), Err(VectorError::Dimension { dim: 0 }));
        assert_eq!(MultiVectorRef::new(&[], MAX_DIM + 1), Err(VectorError::Dimension { dim: MAX_DIM + 1 }));
        assert_eq!(MultiVector::new(vec![1.0; 5], 3), Err(VectorError::Ragged { num_values: 5, dim: 3 }));
        assert_eq!(
            MultiVector::new(vec![0.0; MAX_TOKENS + 1], 1),
            Err(VectorError::TooManyTokens { num_tokens: MAX_TOKENS + 1 })
        );
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut data = vec![0.5; 12];
            data[7] = bad;
            let error = MultiVectorRef::new(&data, 4).unwrap_err();
            assert!(matches!(error, VectorError::NotFinite { row: 1, column: 3, .. }), "{error}");
        }
    }
}
