//! Opens a packed file.

use super::dense::Dense;
use super::layout::{Folder, Layout};
use super::sentence::Sentence;
use super::tokenizer::TextTokenizer;
use super::{Model, ModelEncoder};
use crate::backbone::{Backbone, Runner};
use crate::transformer::{BackboneConfig, Linear, Precision, Transformer};
use crate::weights::{CONFIG, ModelError, PROJECTION, PackedError, Settings, TOKENIZER, Tensors};
use flate2::read::DeflateDecoder;
use pleiad_kernels::Matrix;
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Bytes of a tokenizer for each deflated one, at most: they are three or four. What is read of a byte may take forty.
const MAX_INFLATION: u64 = 8;

impl ModelEncoder {
    /// The built-in model of this id, if there is one, for English: `mini-v1`, 128 dimensions. Collections remember
    /// which model made their vectors. Cost: as [`ModelEncoder::from_packed`], about a tenth of a second.
    ///
    /// # Errors
    /// Never in practice: the file is part of the program and tested.
    pub fn built_in(id: &str) -> Result<Option<Self>, ModelError> {
        match id {
            Self::MINI => {
                let bytes = &include_bytes!("../../assets/mini-v1/model.bin")[..];
                Self::from_packed(id, bytes, Precision::Int8).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The id of the built-in model that new collections can have.
    pub const MINI: &str = "mini-v1";

    /// Values per token of [`ModelEncoder::MINI`].
    pub const MINI_DIM: usize = 128;

    /// Values of the vector of a whole text of [`ModelEncoder::MINI`].
    pub const MINI_SENTENCE_DIM: usize = 384;

    /// Opens a file that [`ModelEncoder::pack`] made. `id` names it: collections remember it. Cost: a pass over the
    /// bytes for their checksum, and one over the weights, which are packed for the processor.
    ///
    /// # Errors
    /// When the file is damaged, of a newer version, or its parts do not fit together.
    pub fn from_packed(
        id: &str,
        bytes: impl Into<Cow<'static, [u8]>>,
        precision: Precision,
    ) -> Result<Self, ModelError> {
        let path = Path::new(id);
        let mut tensors = Tensors::packed(path, bytes.into())?;
        let json = |source| ModelError::Json { path: path.join(CONFIG), source };
        let config = serde_json::from_slice(&tensors.file(CONFIG)?).map_err(json)?;
        let config = Settings::new(&path.join(CONFIG), config);
        let backbone = BackboneConfig::read(&config, None)?;
        let tokenizer = inflated(&tensors.file(TOKENIZER)?)
            .ok_or(ModelError::Packed { path: path.to_owned(), source: PackedError::Tokenizer })?;
        let mut tokenizer = TextTokenizer::from_bytes(&path.join(TOKENIZER), &tokenizer)?;
        tokenizer.check_ids(backbone.num_tokens)?;
        let (max_tokens, hidden_dim) = (backbone.max_tokens(), backbone.dim);
        let folder = Folder { path, config: &config, tokenizer: &tokenizer, max_tokens, dim: hidden_dim };
        let rules = folder.plain();
        tokenizer.reserve(&rules.markers());
        let (projection, dim) = projection(&mut tensors, hidden_dim)?;
        let runner = Transformer::load(&mut tensors, backbone.clone(), precision)?;
        tensors.finish(&backbone.model_type, |_| false)?;
        let model = Model {
            id: id.to_owned(),
            folder: path.to_owned(),
            precision,
            layout: Layout::Plain,
            tokenizer,
            backbone: Backbone::new(&backbone, Runner::Own(Box::new(runner))),
            dense: vec![Dense::plain(projection)],
            whole_words: None,
            rules,
            sentence: Sentence::Mean,
            dim,
            languages: Vec::new(),
            notes: Vec::new(),
        };
        Ok(Self::new(Arc::new(model), None, None))
    }
}

/// Reads the projection of hidden states to token vectors, and their length. It is small and stays in full precision.
fn projection(tensors: &mut Tensors, hidden_dim: usize) -> Result<(Linear, usize), ModelError> {
    let dim = tensors.num_rows(PROJECTION)?;
    if dim == 0 {
        let source = PackedError::Unsupported("the projection keeps no value");
        return Err(ModelError::Packed { path: PROJECTION.into(), source });
    }
    let weights = tensors.values(PROJECTION, &[dim, hidden_dim])?;
    let linear = Linear::new(Precision::F32, Matrix::new(&weights, hidden_dim), &vec![0.0; dim]);
    Ok((linear, dim))
}

fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut out, most) = (Vec::new(), MAX_INFLATION * bytes.len() as u64 + 1);
    let read = DeflateDecoder::new(bytes).take(most).read_to_end(&mut out);
    read.is_ok_and(|num_bytes| (num_bytes as u64) < most).then_some(out)
}
