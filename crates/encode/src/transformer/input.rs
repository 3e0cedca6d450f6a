//! Embeddings of a sequence of tokens before the first layer.

use super::config::{BackboneConfig, Family};
use super::norm::{Norm, add};
use crate::weights::{ModelError, RawTensor, Tensors};

/// Vectors of tokens, positions and types.
#[derive(Debug)]
pub(crate) struct InputTables {
    dim: usize,
    first_position: usize,
    /// As the file keeps it: the largest tensor of a small model, of which a text needs a few rows.
    tokens: RawTensor,
    /// With the vector of token type 0 added to each, as every text here has that type.
    positions: Vec<f32>,
    norm: Norm,
}

impl InputTables {
    pub(crate) fn load(tensors: &mut Tensors, config: &BackboneConfig) -> Result<Self, ModelError> {
        let dim = config.dim;
        if config.family == Family::ModernBert {
            return Ok(Self {
                dim,
                first_position: 0,
                tokens: tensors.raw("embeddings.tok_embeddings.weight", &[config.num_tokens, dim])?,
                positions: Vec::new(),
                norm: Norm::load_scale(tensors, "embeddings.norm", dim, config.epsilon)?,
            });
        }
        let tokens = tensors.raw("embeddings.word_embeddings.weight", &[config.num_tokens, dim])?;
        let name = "embeddings.position_embeddings.weight";
        let mut positions = tensors.values(name, &[config.num_positions, dim])?;
        if config.num_types > 0 {
            let name = "embeddings.token_type_embeddings.weight";
            let types = tensors.values(name, &[config.num_types, dim])?;
            positions.chunks_exact_mut(dim).for_each(|position| add(position, &types[..dim]));
        }
        let norm = Norm::load(tensors, "embeddings.LayerNorm", dim, config.epsilon)?;
        Ok(Self { dim, first_position: config.first_position, tokens, positions, norm })
    }

    /// Appends the rows of one sequence.
    pub(crate) fn push(&self, tokens: &[u32], rows: &mut Vec<f32>) {
        let start = rows.len();
        for &token in tokens {
            self.tokens.widen_row(token as usize, rows);
        }
        if !self.positions.is_empty() {
            add(&mut rows[start..], &self.positions[self.first_position * self.dim..]);
        }
        self.norm.apply(&mut rows[start..]);
    }
}
