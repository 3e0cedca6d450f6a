//! A layer that normalises behind each sum: BERT and its relatives.

use super::Scratch;
use super::config::{BackboneConfig, Family};
use super::linear::{Linear, LinearNames, Precision};
use super::norm::{Norm, add};
use crate::checkpoint::{ModelError, Tensors};
use pleiad_kernels::Activation;

#[derive(Debug)]
pub(crate) struct PostNormLayer {
    qkv: Linear,
    context: Linear,
    context_norm: Norm,
    up: Linear,
    down: Linear,
    norm: Norm,
    adapter: Option<LanguageAdapter>,
}

/// What a layer's parts are called.
struct Names {
    qkv: [String; 3],
    context: String,
    context_norm: String,
    up: String,
    down: String,
    norm: String,
    output: String,
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
                output: at("output"),
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
            output: at("output"),
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
        let adapter = LanguageAdapter::load(tensors, config, precision, &names.output)?;
        Ok(Self { qkv, context, context_norm, up, down, norm, adapter })
    }

    /// `x = norm(x + attention(x)); x = norm(x + feed-forward(x))`.
    pub(crate) fn apply(&self, rows: &mut [f32], scratch: &mut Scratch<'_>) {
        self.qkv.apply(rows, Activation::Identity, &mut scratch.bytes, &mut scratch.qkv);
        scratch.attend(None);
        self.context.apply(&scratch.context, Activation::Identity, &mut scratch.bytes, &mut scratch.out);
        add(rows, &scratch.out);
        self.context_norm.apply(rows);
        self.up.apply(rows, Activation::Gelu, &mut scratch.bytes, &mut scratch.inner);
        self.down.apply(&scratch.inner, Activation::Identity, &mut scratch.bytes, &mut scratch.out);
        add(rows, &scratch.out);
        if let Some(adapter) = &self.adapter {
            adapter.apply(&self.norm, rows, scratch);
        }
        self.norm.apply(rows);
    }
}

/// The part of an X-MOD layer that belongs to one language.
#[derive(Debug)]
struct LanguageAdapter {
    norm: Option<Norm>,
    reuses_norm: bool,
    norm_first: bool,
    down: Linear,
    up: Linear,
}

impl LanguageAdapter {
    fn load(
        tensors: &mut Tensors,
        config: &BackboneConfig,
        precision: Precision,
        output: &str,
    ) -> Result<Option<Self>, ModelError> {
        let Some(adapter) = &config.adapter else { return Ok(None) };
        let module = format!("{output}.adapter_modules.{}", adapter.language);
        let mut linear = |part: &str, num_inputs, num_outputs| {
            let names = [format!("{module}.{part}")];
            let layer = LinearNames { names: &names, num_inputs, num_outputs, has_bias: true };
            Linear::load(tensors, precision, &layer)
        };
        let down = linear("dense1", config.dim, adapter.dim)?;
        let up = linear("dense2", adapter.dim, config.dim)?;
        let name = format!("{output}.adapter_layer_norm");
        let norm =
            adapter.has_norm.then(|| Norm::load(tensors, &name, config.dim, config.epsilon)).transpose()?;
        let (reuses_norm, norm_first) = (adapter.reuses_norm, adapter.norm_first);
        Ok(Some(Self { norm, reuses_norm, norm_first, down, up }))
    }

    /// Normalises as the settings say, then adds what the bottleneck makes of it.
    fn apply(&self, layer_norm: &Norm, rows: &mut [f32], scratch: &mut Scratch<'_>) {
        let before = (!self.norm_first).then(|| rows.to_vec());
        match &self.norm {
            Some(norm) => norm.apply(rows),
            None if self.reuses_norm => layer_norm.apply(rows),
            None => {}
        }
        self.down.apply(rows, Activation::Gelu, &mut scratch.bytes, &mut scratch.inner);
        self.up.apply(&scratch.inner, Activation::Identity, &mut scratch.bytes, &mut scratch.out);
        if let Some(before) = before {
            rows.copy_from_slice(&before);
        }
        add(rows, &scratch.out);
    }
}
