use super::ImportError;
use super::array::Array;
use super::element::Element;
use pleiad_vectors::{MAX_DIM, VectorError};

/// Vectors one after the other: an array `[num_rows, dim]` and, for eight-bit values, one factor per row.
pub(super) struct Rows {
    vectors: Array,
    scales: Option<Array>,
    dim: usize,
    num_rows: usize,
}

impl Rows {
    /// Puts vectors and scales together.
    pub(super) fn new(vectors: Array, scales: Option<Array>) -> Result<Self, ImportError> {
        if !vectors.element.is_float() && !vectors.element.is_quantized() {
            return Err(vectors.wrong_type("float16, bfloat16, float32, float64, or int8 with scales"));
        }
        let [num_rows, dim] = vectors.shape[..] else {
            return Err(vectors.wrong_shape("[num_vectors, dim]"));
        };
        if dim == 0 || dim > MAX_DIM {
            return Err(vectors.wrong_shape("a dimension of 1 to 4096"));
        }
        match &scales {
            None if vectors.element == Element::I8 => {
                return Err(vectors.wrong_type("float32 or float16, as there are no scales beside it"));
            }
            Some(scales) if !scales.element.is_float() => {
                return Err(scales.wrong_type("float32 or float16"));
            }
            Some(scales) if scales.shape != [num_rows] => {
                return Err(scales.wrong_shape("one scale per row of the vectors"));
            }
            _ => {}
        }
        Ok(Self { vectors, scales, dim, num_rows })
    }

    pub(super) fn place(&self) -> &str {
        &self.vectors.place
    }

    pub(super) fn dim(&self) -> usize {
        self.dim
    }

    pub(super) fn num_rows(&self) -> usize {
        self.num_rows
    }

    /// The next `num_rows` rows, row-major; the caller knows that there are as many.
    pub(super) fn read(&mut self, num_rows: usize) -> Result<Vec<f32>, ImportError> {
        let mut values = Vec::new();
        self.vectors.read_f32(num_rows * self.dim, &mut values)?;
        if let Some(scales) = &mut self.scales {
            let mut factors = Vec::new();
            scales.read_f32(num_rows, &mut factors)?;
            for (row, factor) in values.chunks_exact_mut(self.dim).zip(factors) {
                row.iter_mut().for_each(|value| *value *= factor);
            }
        }
        Ok(values)
    }

    /// Returns the error for the rows of one text, in the words of [`VectorError`].
    pub(super) fn wrong(&self, row: usize, id: &str, first_vector: u64, source: VectorError) -> ImportError {
        ImportError::Vectors { place: self.place().to_owned(), row, id: id.to_owned(), first_vector, source }
    }
}
