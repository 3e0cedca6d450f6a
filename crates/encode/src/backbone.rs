//! Who turns token ids into hidden states: our own layers, or a graph in ONNX Runtime.

use crate::error::EncodeError;
#[cfg(feature = "onnx")]
use crate::onnx::OnnxBackbone;
use crate::transformer::{Adapters, BackboneConfig, Sequence, Transformer};

/// Token ids in, one vector per token out.
#[derive(Debug)]
pub(crate) struct Backbone {
    /// Values per token.
    pub(crate) dim: usize,
    /// Longest sequence.
    pub(crate) max_tokens: usize,
    /// Entries of the vocabulary.
    pub(crate) num_tokens: usize,
    runner: Runner,
}

#[derive(Debug)]
pub(crate) enum Runner {
    Own(Box<Transformer>),
    #[cfg(feature = "onnx")]
    Onnx(OnnxBackbone),
}

impl Backbone {
    pub(crate) fn new(config: &BackboneConfig, runner: Runner) -> Self {
        Self { dim: config.dim, max_tokens: config.max_tokens(), num_tokens: config.num_tokens, runner }
    }

    /// The last hidden states of all sequences, one behind the other, `[Σ num_tokens, dim]`, in the language of the
    /// adapters where the model has some.
    ///
    /// # Errors
    /// When ONNX Runtime fails.
    pub(crate) fn forward(
        &self,
        sequences: &[Sequence<'_>],
        adapters: Option<&Adapters>,
    ) -> Result<Vec<f32>, EncodeError> {
        match &self.runner {
            Runner::Own(own) => Ok(own.forward(sequences, adapters)),
            #[cfg(feature = "onnx")]
            Runner::Onnx(onnx) => onnx.forward(sequences),
        }
    }

    /// Shows the inputs of both feed-forward products of each layer to `watch`, where our own layers run; see
    /// [`Transformer::watch`].
    pub(crate) fn watch(&self, tokens: &[u32], watch: &mut dyn FnMut(&[f32], &[f32])) {
        let sequence = [Sequence { tokens, num_keys: tokens.len() }];
        match &self.runner {
            Runner::Own(own) => own.watch(&sequence, watch),
            #[cfg(feature = "onnx")]
            Runner::Onnx(_) => {}
        }
    }
}
