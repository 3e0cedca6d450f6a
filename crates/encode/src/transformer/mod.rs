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
mod scratch;

pub use linear::Precision;

pub(crate) use adapter::Adapters;
pub(crate) use config::BackboneConfig;
pub(crate) use linear::{Linear, LinearNames};
pub(crate) use scratch::{Sequence, Watch};

use crate::weights::{ModelError, Tensors};
use attention::Head;
use input::InputTables;
use norm::Norm;
use pleiad_kernels::ByteRows;
use post_norm::PostNormLayer;
use pre_norm::PreNormLayer;
use rotary::Rotation;
use scratch::{Rotations, Scratch};

/// Tokens that go through the layers side by side, unless one sequence has more: a layer 384 wide then keeps 1.5 MiB
/// between its feed-forward products.
const TOKENS_TOGETHER: usize = 256;

/// Token ids in, one vector per token out.
#[derive(Debug)]
pub(crate) struct Transformer {
    config: BackboneConfig,
    precision: Precision,
    input: InputTables,
    layers: Layers,
}

#[derive(Debug)]
enum Layers {
    PostNorm(Vec<PostNormLayer>),
    PreNorm { layers: Vec<PreNormLayer>, rotations: Rotations, norm: Norm },
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
        Ok(Self { config, precision, input, layers })
    }

    /// The last hidden states of all sequences, one behind the other, `[Σ num_tokens, dim]`, in the language of the
    /// adapters where the model has some.
    pub(crate) fn forward(&self, sequences: &[Sequence<'_>], adapters: Option<&Adapters>) -> Vec<f32> {
        let mut scratch = self.scratch(&[]);
        let num_tokens: usize = sequences.iter().map(|sequence| sequence.tokens.len()).sum();
        let mut states = Vec::with_capacity(num_tokens * self.config.dim);
        for together in sequences_together(sequences) {
            scratch.sequences = together;
            states.extend(self.pass(&mut scratch, adapters));
        }
        states
    }

    /// As [`Transformer::forward`] of one sequence, but that `watch` sees the inputs of both feed-forward products of each
    /// layer, one layer after the other. Layers that normalize first are not watched.
    pub(crate) fn watch<'a>(&'a self, sequence: &'a [Sequence<'a>; 1], watch: Watch<'a>) {
        let mut scratch = self.scratch(sequence);
        scratch.watch = Some(watch);
        self.pass(&mut scratch, None);
    }

    fn pass(&self, scratch: &mut Scratch<'_>, adapters: Option<&Adapters>) -> Vec<f32> {
        let mut rows = Vec::new();
        scratch.sequences.iter().for_each(|sequence| self.input.push(sequence.tokens, &mut rows));
        match &self.layers {
            Layers::PostNorm(layers) => layers.iter().enumerate().for_each(|(at, layer)| {
                layer.apply(&mut rows, adapters.and_then(|adapters| adapters.layer(at)), scratch);
            }),
            Layers::PreNorm { layers, norm, .. } => {
                let inner_dim = self.config.inner_dim;
                layers.iter().for_each(|layer| layer.apply(&mut rows, inner_dim, scratch));
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
            normalized: Vec::new(),
            bytes: ByteRows::default(),
            attention: Head::new(self.precision),
            watch: None,
        }
    }
}

/// Runs of sequences that go through the layers side by side: short ones together, so that weights are read for many
/// tokens at once; not so many that what lies between two products leaves the second cache.
fn sequences_together<'a, 'b>(sequences: &'b [Sequence<'a>]) -> impl Iterator<Item = &'b [Sequence<'a>]> {
    let mut rest = sequences;
    std::iter::from_fn(move || {
        let mut num_tokens = 0;
        let fits = |sequence: &&Sequence<'_>| {
            num_tokens += sequence.tokens.len();
            num_tokens <= TOKENS_TOGETHER
        };
        let num = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (together, behind) = rest.split_at(num);
        rest = behind;
        (!together.is_empty()).then_some(together)
    })
}
