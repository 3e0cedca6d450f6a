//! The parts of X-MOD that belong to one language (Pfeiffer et al., NAACL 2022, §3).

use super::config::{Adapter, BackboneConfig};
use super::linear::{Linear, LinearNames, Precision};
use super::norm::{Norm, add};
use super::scratch::Scratch;
use crate::weights::{ModelError, Tensors};
use pleiad_kernels::Activation;

/// One language: an adapter for each layer.
#[derive(Debug)]
pub(crate) struct Adapters {
    layers: Vec<LanguageAdapter>,
}

impl Adapters {
    /// Reads those of the language that the configuration names; nothing where the model has none.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub(crate) fn load(
        tensors: &mut Tensors,
        config: &BackboneConfig,
        precision: Precision,
    ) -> Result<Option<Self>, ModelError> {
        let Some(adapter) = &config.adapter else { return Ok(None) };
        let load = |layer| {
            let output = format!("encoder.layer.{layer}.output");
            LanguageAdapter::load(tensors, config, adapter, precision, &output)
        };
        let layers = (0..config.num_layers).map(load).collect::<Result<_, _>>()?;
        Ok(Some(Self { layers }))
    }

    pub(super) fn layer(&self, layer: usize) -> Option<&LanguageAdapter> {
        self.layers.get(layer)
    }
}

/// Part of one layer that belongs to a language.
#[derive(Debug)]
pub(super) struct LanguageAdapter {
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
        adapter: &Adapter,
        precision: Precision,
        output: &str,
    ) -> Result<Self, ModelError> {
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
        Ok(Self { norm, reuses_norm, norm_first, down, up })
    }

    /// Normalizes as the settings say, then adds what the bottleneck makes of it.
    pub(super) fn apply(&self, layer_norm: &Norm, rows: &mut [f32], scratch: &mut Scratch<'_>) {
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
