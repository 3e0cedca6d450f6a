//! Makes a packed file of a checkpoint.

mod compensate;
mod components;

use crate::checkpoint::{Layout, ModelEncoder, probe};
use crate::encoder::Encoder;
use crate::transformer::BackboneConfig;
use crate::weights::{
    CONFIG, ModelError, PROJECTION, PackedError, Packing, Settings, TOKENIZER, Tensors, WeightFiles, around,
};
use compensate::{Compensation, Moments};
use components::components;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use pleiad_kernels::f32_to_f16_bits;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// A tensor of the file.
struct Tensor {
    name: String,
    dtype: &'static str,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl ModelEncoder {
    /// The checkpoint in one file of few bits a weight, as [`ModelEncoder::from_packed`] reads it: eight bits in
    /// attention, four in tables of tokens and feed-forward layers. Token vectors are projected to the `dim` first
    /// principal components of those of `texts`, and feed-forward layers of the BERT family are rounded so that their outputs
    /// for some of these texts lose little. The same checkpoint and texts give the same bytes on processors with the same
    /// instructions. Cost: the texts are encoded, and for each layer a matrix of its inputs is inverted.
    ///
    /// # Errors
    /// When the checkpoint is more than a backbone, has weights for each language, or gives fewer values per token than
    /// `dim`; when a file cannot be read.
    pub fn pack(&self, texts: &[&str], dim: usize) -> Result<Vec<u8>, ModelError> {
        let (folder, hidden_dim) = (self.folder(), self.dim());
        let unsupported =
            |why| ModelError::Packed { path: folder.to_owned(), source: PackedError::Unsupported(why) };
        if self.layout() != Layout::Plain || !self.languages().is_empty() {
            return Err(unsupported("only a backbone without layers of its own behind it can be packed"));
        }
        if dim == 0 || dim > hidden_dim {
            return Err(unsupported("a projection keeps at least one value, and at most those of the model"));
        }
        let encoded = self
            .encode_documents(texts)
            .map_err(|source| ModelError::Text { path: folder.to_owned(), source })?;
        let projection = components(&encoded, hidden_dim, dim);
        let mut tensors = vec![
            file(CONFIG, read(&folder.join(CONFIG))?),
            file(TOKENIZER, deflated(&read(&folder.join(TOKENIZER))?)),
            Tensor {
                name: PROJECTION.to_owned(),
                dtype: "F16",
                shape: vec![dim, hidden_dim],
                bytes: halves(&projection),
            },
        ];
        tensors.extend(self.backbone(&self.moments(texts)?)?);
        Ok(around(&safetensors(&tensors)))
    }

    /// The tensors of the backbone.
    fn backbone(&self, moments: &BTreeMap<String, Moments>) -> Result<Vec<Tensor>, ModelError> {
        let folder = self.folder();
        let config = BackboneConfig::read(&settings(folder)?, None)?;
        let mut tensors = Tensors::open(folder, &WeightFiles::find(folder)?)?;
        tensors.find_prefix(probe(&config))?;
        let mut packed = Vec::new();
        for (name, shape) in tensors.needed() {
            let values = tensors.values(&name, &shape)?;
            let packing = packing(&name, &shape);
            let row_len = shape.last().copied().unwrap_or(1);
            let bytes = match (packing, moments.get(&name)) {
                (None, _) => halves(&values),
                (Some(Packing::Groups4), Some(moments)) => {
                    compensated(&values, &moments.compensation(), row_len)
                }
                (Some(packing), _) => {
                    let mut bytes = Vec::new();
                    values.chunks_exact(row_len).for_each(|row| packing.pack_row(row, &mut bytes));
                    bytes
                }
            };
            packed.push(Tensor { name, dtype: packing.map_or("F16", Packing::name), shape, bytes });
        }
        Ok(packed)
    }

    /// Inputs of the feed-forward layers for some texts, by the name of a layer's weights.
    fn moments(&self, texts: &[&str]) -> Result<BTreeMap<String, Moments>, ModelError> {
        let config = BackboneConfig::read(&settings(self.folder())?, None)?;
        let mut moments = BTreeMap::new();
        for text in texts.iter().step_by(texts.len().div_ceil(NUM_WATCHED).max(1)) {
            self.watch(text, &mut |layer, first, second| {
                for (part, rows, dim) in
                    [("intermediate", first, config.dim), ("output", second, config.inner_dim)]
                {
                    let name = format!("encoder.layer.{layer}.{part}.dense.weight");
                    moments.entry(name).or_insert_with(|| Moments::new(dim)).add(rows);
                }
            });
        }
        Ok(moments)
    }
}

/// Texts that show what feed-forward layers take in.
const NUM_WATCHED: usize = 160;

fn settings(folder: &Path) -> Result<Settings, ModelError> {
    Settings::open(&folder.join(CONFIG), "the shape of the model")
}

fn compensated(values: &[f32], compensation: &Compensation, row_len: usize) -> Vec<u8> {
    let pack = |row: &[f32]| {
        let mut bytes = Vec::new();
        compensation.pack_row(row, &mut bytes);
        bytes
    };
    values.par_chunks_exact(row_len).map(pack).collect::<Vec<_>>().concat()
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    fs::read(path).map_err(|source| ModelError::Io { path: path.to_owned(), source })
}

fn file(name: &str, bytes: Vec<u8>) -> Tensor {
    Tensor { name: name.to_owned(), dtype: "U8", shape: vec![bytes.len()], bytes }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let written: io::Result<Vec<u8>> = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_else(|error| unreachable!("a vector takes any bytes: {error}"))
}

fn halves(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|&value| f32_to_f16_bits(value).to_le_bytes()).collect()
}

/// Few values are in vectors and in the tables of positions and types; what attention multiplies with costs most to
/// round.
fn packing(name: &str, shape: &[usize]) -> Option<Packing> {
    let is_matrix = shape.len() == 2 && !name.contains("position") && !name.contains("token_type");
    let attends = name.contains("attention.") || name.contains("attn.");
    match (is_matrix, attends) {
        (false, _) => None,
        (true, true) => Some(Packing::Rows8),
        (true, false) => Some(Packing::Groups4),
    }
}

fn safetensors(tensors: &[Tensor]) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for tensor in tensors {
        let begin = end;
        end += tensor.bytes.len();
        let place =
            serde_json::json!({ "dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [begin, end] });
        header.insert(tensor.name.clone(), place);
    }
    let mut header = serde_json::Value::from(header).to_string();
    // The format asks for blanks up to a multiple of eight bytes.
    while !header.len().is_multiple_of(8) {
        header.push(' ');
    }
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    tensors.iter().for_each(|tensor| bytes.extend(&tensor.bytes));
    bytes
}
