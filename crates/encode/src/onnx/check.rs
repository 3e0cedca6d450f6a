//! Whether a graph is the model that it lies beside.

use super::OnnxBackbone;
use crate::checkpoint::ModelError;
use crate::transformer::{BackboneConfig, Sequence, Transformer};

/// Tokens of the text that both read.
const NUM_TOKENS: usize = 16;

/// Least mean cosine. A graph in 8 bits has .97 and more; another checkpoint of the same shape is far below.
const MIN_COSINE: f32 = 0.95;

impl OnnxBackbone {
    /// Lets both read a few tokens from all over the vocabulary: a collection keeps the identity of the weights, so a
    /// graph of other ones must not pass for them. Cost: one short run of each.
    ///
    /// # Errors
    /// When they do not agree.
    pub(crate) fn check_against(&self, own: &Transformer, config: &BackboneConfig) -> Result<(), ModelError> {
        let num_tokens = NUM_TOKENS.min(config.max_tokens());
        // The middle of each sixteenth: no control token, of which the first are.
        let token = |at: usize| ((2 * at + 1) * config.num_tokens / (2 * num_tokens)) as u32;
        let tokens: Vec<u32> = (0..num_tokens).map(token).collect();
        let sequences = [Sequence { tokens: &tokens, num_keys: num_tokens }];
        let found = self.forward(&sequences);
        let refused = |reason| ModelError::Onnx { path: self.path.clone(), reason };
        let found = found.map_err(|error| refused(error.to_string()))?;
        let cosine = mean_cosine(&found, &own.forward(&sequences, None), self.dim);
        // Not a number is no agreement.
        if cosine >= MIN_COSINE {
            return Ok(());
        }
        Err(refused(format!(
            "it is not the model whose weights lie beside it: the vectors of {num_tokens} tokens have a mean cosine of \
             {cosine:.2} with those of the weights, at least {MIN_COSINE} is expected. Export it again from these weights"
        )))
    }
}

fn mean_cosine(a: &[f32], b: &[f32], dim: usize) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let cosines = a.chunks_exact(dim).zip(b.chunks_exact(dim));
    let sum: f32 = cosines.map(|(a, b)| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).sum();
    sum / (a.len() / dim) as f32
}
