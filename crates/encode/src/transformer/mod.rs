//! Encoders of the BERT family on our own kernels.
//!
//! The tokens of all sequences of a batch go through the linear layers side by side, attention stays within each
//! sequence: nothing is padded, and a sequence gives the same bits alone and in any batch.

mod adapter;
mod attention;
mod config;
mod input;
mod linear;
mod norm;
mod post_norm;
mod pre_norm;
mod rotary;

pub use linear::Precision;

pub(crate) use adapter::Adapters;
pub(crate) use config::BackboneConfig;
pub(crate) use linear::{Linear, LinearNames};

use crate::checkpoint::{ModelError, Tensors};
use attention::{Attention, AttentionScratch};
use input::InputTables;
use norm::Norm;
use pleiad_kernels::ByteRows;
use post_norm::PostNormLayer;
use pre_norm::PreNormLayer;
use rotary::Rotation;

/// Tokens of one text, markers included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequence<'a> {
    /// At least one, at most [`BackboneConfig::max_tokens`], each below [`BackboneConfig::num_tokens`].
    pub(crate) tokens: &'a [u32],
    /// The first so many are attended to; those behind attend but are not looked at. At least one.
    pub(crate) num_keys: usize,
}

/// Token ids in, one vector per token out.
#[derive(Debug)]
pub(crate) struct Transformer {
    config: BackboneConfig,
    input: InputTables,
    layers: Layers,
}

#[derive(Debug)]
enum Layers {
    PostNorm(Vec<PostNormLayer>),
    PreNorm { layers: Vec<PreNormLayer>, rotations: Rotations, norm: Norm },
}

#[derive(Debug)]
struct Rotations {
    global: Rotation,
    local: Rotation,
    reach: usize,
}

/// Memory of one pass, which each layer uses again.
pub(crate) struct Scratch<'a> {
    sequences: &'a [Sequence<'a>],
    dim: usize,
    num_heads: usize,
    rotations: Option<&'a Rotations>,
    qkv: Vec<f32>,
    context: Vec<f32>,
    out: Vec<f32>,
    inner: Vec<f32>,
    gates: Vec<f32>,
    normalised: Vec<f32>,
    bytes: ByteRows,
    attention: AttentionScratch,
}

impl Transformer {
    /// Loads all tensors of a backbone. Cost: each is read once and packed.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub(crate) fn load(
        tensors: &mut Tensors,
        config: BackboneConfig,
        precision: Precision,
    ) -> Result<Self, ModelError> {
        let input = InputTables::load(tensors, &config)?;
        let layers = match config.rotary {
            None => {
                let load = |layer| PostNormLayer::load(tensors, &config, precision, layer);
                Layers::PostNorm((0..config.num_layers).map(load).collect::<Result<_, _>>()?)
            }
            Some(rotary) => {
                let load = |layer| PreNormLayer::load(tensors, &config, precision, layer);
                let layers = (0..config.num_layers).map(load).collect::<Result<_, _>>()?;
                let rotation = |theta| Rotation::new(theta, config.head_dim(), config.num_positions);
                let (global, local) = (rotation(rotary.global_theta), rotation(rotary.local_theta));
                let rotations = Rotations { global, local, reach: rotary.reach };
                let norm = Norm::load_scale(tensors, "final_norm", config.dim, config.epsilon)?;
                Layers::PreNorm { layers, rotations, norm }
            }
        };
        Ok(Self { config, input, layers })
    }

    /// The last hidden states of all sequences, one behind the other, `[Σ num_tokens, dim]`, in the language of the
    /// adapters where the model has some.
    pub(crate) fn forward(&self, sequences: &[Sequence<'_>], adapters: Option<&Adapters>) -> Vec<f32> {
        let mut rows = Vec::new();
        sequences.iter().for_each(|sequence| self.input.push(sequence.tokens, &mut rows));
        let mut scratch = self.scratch(sequences);
        match &self.layers {
            Layers::PostNorm(layers) => layers.iter().enumerate().for_each(|(at, layer)| {
                layer.apply(&mut rows, adapters.and_then(|adapters| adapters.layer(at)), &mut scratch);
            }),
            Layers::PreNorm { layers, norm, .. } => {
                let inner_dim = self.config.inner_dim;
                layers.iter().for_each(|layer| layer.apply(&mut rows, inner_dim, &mut scratch));
                norm.apply(&mut rows);
            }
        }
        rows
    }

    fn scratch<'a>(&'a self, sequences: &'a [Sequence<'a>]) -> Scratch<'a> {
        let rotations = match &self.layers {
            Layers::PostNorm(_) => None,
            Layers::PreNorm { rotations, .. } => Some(rotations),
        };
        Scratch {
            sequences,
            dim: self.config.dim,
            num_heads: self.config.num_heads,
            rotations,
            qkv: Vec::new(),
            context: Vec::new(),
            out: Vec::new(),
            inner: Vec::new(),
            gates: Vec::new(),
            normalised: Vec::new(),
            bytes: ByteRows::default(),
            attention: AttentionScratch::new(),
        }
    }
}

impl Scratch<'_> {
    /// Turns `qkv` into `context`, sequence by sequence. Layers of models with rotary positions say whether they
    /// look everywhere.
    fn attend(&mut self, is_global: Option<bool>) {
        let dim = self.dim;
        let is_global = is_global.unwrap_or(true);
        let rotations = self.rotations;
        let reach = rotations.filter(|_| !is_global).map(|rotations| rotations.reach);
        let attention = Attention { dim, num_heads: self.num_heads, reach };
        self.context.resize(self.qkv.len() / 3, 0.0);
        let mut start = 0;
        for sequence in self.sequences {
            let end = start + sequence.tokens.len();
            let qkv = &mut self.qkv[start * 3 * dim..end * 3 * dim];
            if let Some(rotations) = rotations {
                let rotation = if is_global { &rotations.global } else { &rotations.local };
                rotation.turn(qkv, dim);
            }
            let out = &mut self.context[start * dim..end * dim];
            attention.attend(qkv, sequence.num_keys, &mut self.attention, out);
            start = end;
        }
    }
}
