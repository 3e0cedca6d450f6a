//! A layer that normalizes behind each sum: BERT and its relatives.

use super::adapter::LanguageAdapter;
use super::config::{BackboneConfig, Family};
use super::linear::{Linear, LinearNames, Precision};
use super::norm::{Norm, add};
use super::scratch::Scratch;
use crate::weights::{ModelError, Tensors};
use pleiad_kernels::Activation;

#[derive(Debug)]
pub(crate) struct PostNormLayer {
    qkv: Linear,
    context: Linear,
    context_norm: Norm,
    up: Linear,
    down: Linear,
    norm: Norm,
}

/// Names of a layer's parts.
struct Names {
    qkv: [String; 3],
    context: String,
    context_norm: String,
    up: String,
    down: String,
    norm: String,
}

impl Names {
    fn of(family: Family, layer: usize) -> Self {
        if family == Family::DistilBert {
            let at = |part: &str| format!("transformer.layer.{layer}.{part}");
            return Self {
                qkv: ["attention.q_lin", "attention.k_lin", "attention.v_lin"].map(at),
                context: at("attention.out_lin"),
                context_norm: at("sa_layer_norm"),
                up: at("ffn.lin1"),
                down: at("ffn.lin2"),
                norm: at("output_layer_norm"),
            };
        }
        let at = |part: &str| format!("encoder.layer.{layer}.{part}");
        Self {
            qkv: ["attention.self.query", "attention.self.key", "attention.self.value"].map(at),
            context: at("attention.output.dense"),
            context_norm: at("attention.output.LayerNorm"),
            up: at("intermediate.dense"),
            down: at("output.dense"),
            norm: at("output.LayerNorm"),
        }
    }
}

impl PostNormLayer {
    pub(crate) fn load(
        tensors: &mut Tensors,
        config: &BackboneConfig,
        precision: Precision,
        layer: usize,
    ) -> Result<Self, ModelError> {
        let (dim, inner_dim) = (config.dim, config.inner_dim);
        let names = Names::of(config.family, layer);
        let mut linear = |names: &[String], num_inputs, num_outputs| {
            let layer = LinearNames { names, num_inputs, num_outputs, has_bias: true };
            Linear::load(tensors, precision, &layer)
        };
        let qkv = linear(&names.qkv, dim, dim)?;
        let context = linear(&[names.context], dim, dim)?;
        let up = linear(&[names.up], dim, inner_dim)?;
        let down = linear(&[names.down], inner_dim, dim)?;
        let context_norm = Norm::load(tensors, &names.context_norm, dim, config.epsilon)?;
        let norm = Norm::load(tensors, &names.norm, dim, config.epsilon)?;
        Ok(Self { qkv, context, context_norm, up, down, norm })
    }

    /// `x = norm(x + attention(x)); x = norm(x + feed-forward(x))`; X-MOD has an adapter before the last norm.
    pub(crate) fn apply(
        &self,
        rows: &mut [f32],
        adapter: Option<&LanguageAdapter>,
        scratch: &mut Scratch<'_>,
    ) {
        self.qkv.apply(rows, Activation::Identity, &mut scratch.bytes, &mut scratch.qkv);
        scratch.attend(None);
        self.context.apply(&scratch.context, Activation::Identity, &mut scratch.bytes, &mut scratch.out);
        self.context_norm.apply_to_sum(rows, &scratch.out);
        self.up.apply_gelu(&self.down, rows, &mut scratch.bytes, &mut scratch.inner, &mut scratch.out);
        if let Some(watch) = &mut scratch.watch {
            watch(rows, &scratch.inner);
        }
        match adapter {
            None => self.norm.apply_to_sum(rows, &scratch.out),
            Some(adapter) => {
                add(rows, &scratch.out);
                adapter.apply(&self.norm, rows, scratch);
                self.norm.apply(rows);
            }
        }
    }
}
