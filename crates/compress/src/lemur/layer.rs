use super::LemurError;
use pleiad_kernels::{Activation, FloatPanels, Isa, Matrix, MatrixMut, layer_norm};
use pleiad_vectors::Generator;

/// Constant added to the variance of a token's values, so that equal values stay finite.
pub(super) const EPSILON: f32 = 1e-5;

/// The trained layer: a token's direction `u` has the features `max(0, LN(W u + bias) · scale + shift)`, where LN brings
/// the values of one token to mean 0 and variance 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    pub(super) dim: usize,
    /// `W`, row-major `[num_features, dim]`.
    pub(super) weights: Vec<f32>,
    /// This and the next two: `[num_features]`.
    pub(super) bias: Vec<f32>,
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// A layer, packed for multiplication.
#[derive(Clone)]
pub(super) struct PackedLayer {
    pub(super) layer: Layer,
    panels: FloatPanels,
}

impl Layer {
    /// Draws the initial weights, as is usual for layers of this width.
    pub(super) fn new(dim: usize, num_features: usize, generator: &mut Generator) -> Self {
        let weights = small(num_features * dim, dim, generator);
        let bias = small(num_features, dim, generator);
        Self { dim, weights, bias, scale: vec![1.0; num_features], shift: vec![0.0; num_features] }
    }

    pub(super) fn num_features(&self) -> usize {
        self.bias.len()
    }

    /// Cost: one pass.
    pub(super) fn packed(self, isa: Isa) -> PackedLayer {
        let mut panels = FloatPanels::new(isa);
        panels.pack_rows(Matrix::new(&self.weights, self.dim));
        panels.set_bias(&self.bias);
        PackedLayer { layer: self, panels }
    }
}

impl PackedLayer {
    /// Features of tokens, `[num_tokens, num_features]`. A token so many times as long has features as many times as
    /// large, as what it scores is.
    ///
    /// Cost: `num_tokens · num_features · dim` multiply-adds.
    pub(super) fn features(&self, tokens: &[f32]) -> Vec<f32> {
        let Layer { dim, scale, shift, .. } = &self.layer;
        let mut directions = tokens.to_vec();
        let lengths = to_directions(&mut directions, *dim);
        let mut out = vec![0.0; lengths.len() * scale.len()];
        let input = Matrix::new(&directions, *dim);
        self.panels.product(input, Activation::Identity, &mut MatrixMut::new(&mut out, scale.len()));
        layer_norm(self.panels.isa(), &mut out, scale, shift, EPSILON);
        for (row, length) in out.chunks_exact_mut(scale.len()).zip(lengths) {
            row.iter_mut().for_each(|value| *value = value.max(0.0) * length);
        }
        out
    }
}

/// Brings rows to unit length and tells what their lengths were. Zeros stay zeros.
pub(super) fn to_directions(rows: &mut [f32], dim: usize) -> Vec<f32> {
    let direct = |row: &mut [f32]| {
        let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|value| *value /= length);
        }
        length
    };
    rows.chunks_exact_mut(dim).map(direct).collect()
}

/// Uniform values within one over the root of how many come in.
pub(super) fn small(num: usize, num_inputs: usize, generator: &mut Generator) -> Vec<f32> {
    let most = 1.0 / (num_inputs as f32).sqrt();
    (0..num).map(|_| most * (2.0 * generator.uniform() - 1.0) as f32).collect()
}

/// Checks of a layer against the parameters.
impl Layer {
    /// # Errors
    /// [`LemurError::Stored`] when it has another shape.
    pub(super) fn check_shape(&self, dim: usize, num_features: u32) -> Result<(), LemurError> {
        if (self.dim, self.num_features()) == (dim, num_features as usize) {
            return Ok(());
        }
        Err(LemurError::Stored { reason: "the layer has another shape than the parameters say" })
    }
}
