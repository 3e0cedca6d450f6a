use crate::weights::{ModelError, Tensors};
use pleiad_kernels::{Activation, BytePanels, ByteRows, FloatPanels, Isa, Matrix, MatrixMut};

/// Precision of linear layers: of weights and of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 32-bit floats, as the checkpoint means them.
    #[default]
    F32,
    /// 8 bits, with a scale per output and one per token: about three times as fast, a quarter of the memory.
    Int8,
}

/// `activation(x · Wᵀ + b)` with packed weights.
#[derive(Debug)]
pub(crate) enum Linear {
    Float(FloatPanels),
    Byte(BytePanels),
}

/// Names of a linear layer's weights: several tensors are stacked, one output after the other.
pub(crate) struct LinearNames<'a> {
    pub(crate) names: &'a [String],
    pub(crate) num_inputs: usize,
    /// Outputs of each.
    pub(crate) num_outputs: usize,
    pub(crate) has_bias: bool,
}

impl Linear {
    pub(crate) fn load(
        tensors: &mut Tensors,
        precision: Precision,
        layer: &LinearNames<'_>,
    ) -> Result<Self, ModelError> {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for name in layer.names {
            weights
                .extend(tensors.values(&format!("{name}.weight"), &[layer.num_outputs, layer.num_inputs])?);
            if layer.has_bias {
                bias.extend(tensors.values(&format!("{name}.bias"), &[layer.num_outputs])?);
            }
        }
        bias.resize(layer.names.len() * layer.num_outputs, 0.0);
        Ok(Self::new(precision, Matrix::new(&weights, layer.num_inputs), &bias))
    }

    pub(crate) fn new(precision: Precision, rows: Matrix<'_>, bias: &[f32]) -> Self {
        let isa = Isa::best();
        match precision {
            Precision::Int8 => Self::Byte(BytePanels::new(isa, rows, bias)),
            Precision::F32 => {
                let mut panels = FloatPanels::new(isa);
                panels.pack_rows(rows);
                panels.set_bias(bias);
                Self::Float(panels)
            }
        }
    }

    pub(crate) fn num_inputs(&self) -> usize {
        match self {
            Self::Float(panels) => panels.num_inputs(),
            Self::Byte(panels) => panels.num_inputs(),
        }
    }

    pub(crate) fn num_outputs(&self) -> usize {
        match self {
            Self::Float(panels) => panels.num_outputs(),
            Self::Byte(panels) => panels.num_outputs(),
        }
    }

    /// Replaces `out` by what `down` makes of the GELU of what this layer makes of `rows`; `inner` is memory between
    /// them. In bytes the activation is part of the rounding of what comes between.
    pub(crate) fn apply_gelu(
        &self,
        down: &Self,
        rows: &[f32],
        bytes: &mut ByteRows,
        inner: &mut Vec<f32>,
        out: &mut Vec<f32>,
    ) {
        let Self::Byte(down) = down else {
            self.apply(rows, Activation::Gelu, bytes, inner);
            return down.apply(inner, Activation::Identity, bytes, out);
        };
        self.apply(rows, Activation::Identity, bytes, inner);
        bytes.quantize_gelu(Isa::best(), inner, down.num_inputs());
        out.resize(bytes.num_rows() * down.num_outputs(), 0.0);
        down.product(bytes, Activation::Identity, &mut MatrixMut::new(out, down.num_outputs()));
    }

    /// Replaces `out` by what the layer makes of `rows`.
    pub(crate) fn apply(
        &self,
        rows: &[f32],
        activation: Activation,
        bytes: &mut ByteRows,
        out: &mut Vec<f32>,
    ) {
        let input = Matrix::new(rows, self.num_inputs());
        // All of it is written: what stands there need not be cleared first.
        out.resize(input.num_rows() * self.num_outputs(), 0.0);
        let mut out = MatrixMut::new(out, self.num_outputs());
        match self {
            Self::Float(panels) => panels.product(input, activation, &mut out),
            Self::Byte(panels) => {
                bytes.quantize(Isa::best(), input);
                panels.product(bytes, activation, &mut out);
            }
        }
    }
}
