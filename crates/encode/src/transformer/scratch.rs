//! Sequences of one pass, and the memory that its layers share.

use super::attention::{Attention, Head};
use super::rotary::Rotation;
use pleiad_kernels::ByteRows;

/// Tokens of one text, markers included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sequence<'a> {
    /// At least one, at most `BackboneConfig::max_tokens`, each below `BackboneConfig::num_tokens`.
    pub(crate) tokens: &'a [u32],
    /// The first so many are attended to; those behind attend but are not looked at. At least one.
    pub(crate) num_keys: usize,
}

/// Rotary positions of a model.
#[derive(Debug)]
pub(super) struct Rotations {
    pub(super) global: Rotation,
    pub(super) local: Rotation,
    /// Positions on either side that a local layer looks at.
    pub(super) reach: usize,
}

/// Sees rows of inputs of the first and of the second product.
pub(crate) type Watch<'a> = &'a mut dyn FnMut(&[f32], &[f32]);

/// Memory of one pass, which each layer uses again.
pub(super) struct Scratch<'a> {
    pub(super) sequences: &'a [Sequence<'a>],
    pub(super) dim: usize,
    pub(super) num_heads: usize,
    pub(super) rotations: Option<&'a Rotations>,
    pub(super) qkv: Vec<f32>,
    pub(super) context: Vec<f32>,
    pub(super) out: Vec<f32>,
    pub(super) inner: Vec<f32>,
    pub(super) gates: Vec<f32>,
    pub(super) normalized: Vec<f32>,
    pub(super) bytes: ByteRows,
    pub(super) attention: Head,
    /// Sees the inputs of both feed-forward products of each layer, one layer after the other.
    pub(super) watch: Option<Watch<'a>>,
}

impl Scratch<'_> {
    /// Turns `qkv` into `context`, sequence by sequence. Layers of models with rotary positions say whether they
    /// look everywhere.
    pub(super) fn attend(&mut self, is_global: Option<bool>) {
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
