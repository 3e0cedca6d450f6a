use crate::weights::{ModelError, Tensors};
use pleiad_kernels::{Isa, add_layer_norm, layer_norm};

/// Scale and shift behind a normalization of rows.
#[derive(Debug)]
pub(crate) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    pub(crate) fn load(
        tensors: &mut Tensors,
        name: &str,
        dim: usize,
        epsilon: f32,
    ) -> Result<Self, ModelError> {
        let [weight, gamma] = ["weight", "gamma"].map(|part| format!("{name}.{part}"));
        let [bias, beta] = ["bias", "beta"].map(|part| format!("{name}.{part}"));
        let scale = tensors.values_or(&weight, &gamma, &[dim])?;
        let shift = tensors.values_or(&bias, &beta, &[dim])?;
        Ok(Self { scale, shift, epsilon })
    }

    /// One without a shift.
    pub(crate) fn load_scale(
        tensors: &mut Tensors,
        name: &str,
        dim: usize,
        epsilon: f32,
    ) -> Result<Self, ModelError> {
        let scale = tensors.values(&format!("{name}.weight"), &[dim])?;
        Ok(Self { scale, shift: vec![0.0; dim], epsilon })
    }

    /// Normalizes the sums of `rows` and `added`.
    pub(crate) fn apply_to_sum(&self, rows: &mut [f32], added: &[f32]) {
        add_layer_norm(Isa::best(), rows, added, &self.scale, &self.shift, self.epsilon);
    }

    pub(crate) fn apply(&self, rows: &mut [f32]) {
        layer_norm(Isa::best(), rows, &self.scale, &self.shift, self.epsilon);
    }
}

/// `to += from`.
pub(crate) fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
}
