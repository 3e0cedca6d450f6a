//! A layer that normalizes before each part: ModernBERT.

use super::config::BackboneConfig;
use super::linear::{Linear, LinearNames, Precision};
use super::norm::{Norm, add};
use super::scratch::Scratch;
use crate::weights::{ModelError, Tensors};
use pleiad_kernels::{Activation, Isa, gated_gelu};

#[derive(Debug)]
pub(crate) struct PreNormLayer {
    /// The first layer has none: its input is normalized already.
    attention_norm: Option<Norm>,
    qkv: Linear,
    context: Linear,
    norm: Norm,
    up: Linear,
    down: Linear,
    is_global: bool,
}

impl PreNormLayer {
    pub(crate) fn load(
        tensors: &mut Tensors,
        config: &BackboneConfig,
        precision: Precision,
        layer: usize,
    ) -> Result<Self, ModelError> {
        let (dim, inner_dim) = (config.dim, config.inner_dim);
        let at = |part: &str| format!("layers.{layer}.{part}");
        let mut linear = |part: &str, num_inputs, num_outputs| {
            let names = [at(part)];
            let layer = LinearNames { names: &names, num_inputs, num_outputs, has_bias: false };
            Linear::load(tensors, precision, &layer)
        };
        let qkv = linear("attn.Wqkv", dim, 3 * dim)?;
        let context = linear("attn.Wo", dim, dim)?;
        let up = linear("mlp.Wi", dim, 2 * inner_dim)?;
        let down = linear("mlp.Wo", inner_dim, dim)?;
        let mut norm = |part| Norm::load_scale(tensors, &at(part), dim, config.epsilon);
        let attention_norm = (layer > 0).then(|| norm("attn_norm")).transpose()?;
        let is_global = config.rotary.is_none_or(|rotary| layer.is_multiple_of(rotary.global_every));
        Ok(Self { attention_norm, qkv, context, norm: norm("mlp_norm")?, up, down, is_global })
    }

    /// `x += attention(norm(x)); x += feed-forward(norm(x))`.
    pub(crate) fn apply(&self, rows: &mut [f32], inner_dim: usize, scratch: &mut Scratch<'_>) {
        scratch.normalized.clear();
        scratch.normalized.extend_from_slice(rows);
        if let Some(norm) = &self.attention_norm {
            norm.apply(&mut scratch.normalized);
        }
        self.qkv.apply(&scratch.normalized, Activation::Identity, &mut scratch.bytes, &mut scratch.qkv);
        scratch.attend(Some(self.is_global));
        self.context.apply(&scratch.context, Activation::Identity, &mut scratch.bytes, &mut scratch.out);
        add(rows, &scratch.out);
        scratch.normalized.copy_from_slice(rows);
        self.norm.apply(&mut scratch.normalized);
        self.up.apply(&scratch.normalized, Activation::Identity, &mut scratch.bytes, &mut scratch.gates);
        scratch.inner.resize(scratch.gates.len() / 2, 0.0);
        gated_gelu(Isa::best(), &scratch.gates, inner_dim, &mut scratch.inner);
        self.down.apply(&scratch.inner, Activation::Identity, &mut scratch.bytes, &mut scratch.out);
        add(rows, &scratch.out);
    }
}
