use super::ModelError;
use crate::SafetensorsError;
use crate::safetensors::{Safetensors, Tensor};
use pleiad_kernels::f16_to_f32;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What stands before the names of a backbone's tensors, depending on what it was exported from.
const PREFIXES: [&str; 7] = ["", "bert.", "roberta.", "distilbert.", "model.", "bert_model.", "encoder."];

/// Tensors that some exports carry and no token vector needs: heads of the pre-training, buffers.
const UNNEEDED: [&str; 8] =
    ["pooler.", "cls.", "lm_head.", "head.", "decoder.", "embeddings.position_ids", "vocab_", "classifier."];

/// The tensors of one file, which remembers what nobody asked for.
#[derive(Debug)]
pub(crate) struct Tensors {
    path: PathBuf,
    file: File,
    header: Safetensors,
    prefix: String,
    used: BTreeSet<String>,
}

impl Tensors {
    /// Reads the header of a file.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        let io = |source| ModelError::Io { path: path.to_owned(), source };
        if !path.is_file() {
            return Err(missing_weights(path));
        }
        let file = File::open(path).map_err(io)?;
        let num_bytes = file.metadata().map_err(io)?.len();
        let header = Safetensors::read_from(BufReader::new(&file), num_bytes)
            .map_err(|source| ModelError::Safetensors { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), file, header, prefix: String::new(), used: BTreeSet::new() })
    }

    /// Finds out what stands before the names: the first known prefix with which `probe` is there.
    ///
    /// # Errors
    /// When it is there with none of them.
    pub(crate) fn find_prefix(&mut self, probe: &str) -> Result<(), ModelError> {
        let is_there = |prefix: &&&str| self.header.get(&format!("{prefix}{probe}")).is_ok();
        let Some(prefix) = PREFIXES.iter().find(is_there) else { return Err(self.missing(probe.to_owned())) };
        (*prefix).clone_into(&mut self.prefix);
        Ok(())
    }

    /// Runs `read` with names as they are, without the prefix of the backbone.
    pub(crate) fn bare<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let prefix = std::mem::take(&mut self.prefix);
        let out = read(self);
        self.prefix = prefix;
        out
    }

    fn missing(&self, name: String) -> ModelError {
        ModelError::MissingTensor { path: self.path.clone(), name }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.header.get(&format!("{}{name}", self.prefix)).is_ok()
    }

    /// The bytes of a tensor of halves or floats.
    pub(crate) fn raw(&mut self, name: &str, shape: &[usize]) -> Result<RawTensor, ModelError> {
        let name = format!("{}{name}", self.prefix);
        let Ok(tensor) = self.header.get(&name).cloned() else { return Err(self.missing(name)) };
        let format = match tensor.dtype.as_str() {
            "F32" => Some(Format::F32),
            "F16" => Some(Format::F16),
            "BF16" => Some(Format::Bf16),
            _ => None,
        };
        let Some(format) = format.filter(|_| tensor.shape == shape) else {
            let (path, expected) = (self.path.clone(), shape.to_vec());
            return Err(ModelError::Tensor {
                path,
                name,
                dtype: tensor.dtype,
                shape: tensor.shape,
                expected,
            });
        };
        let bytes = self.read(&tensor)?;
        self.used.insert(name);
        Ok(RawTensor { format, bytes })
    }

    fn read(&mut self, tensor: &Tensor) -> Result<Vec<u8>, ModelError> {
        // The header was checked against the length of the file, so no more is allocated than there is.
        let mut bytes = vec![0; (tensor.end - tensor.begin) as usize];
        let read =
            self.file.seek(SeekFrom::Start(tensor.begin)).and_then(|_| self.file.read_exact(&mut bytes));
        let source =
            |error| ModelError::Safetensors { path: self.path.clone(), source: SafetensorsError::Io(error) };
        read.map_err(source)?;
        Ok(bytes)
    }

    /// The values of a tensor.
    ///
    /// # Errors
    /// When it is not there, has another type or shape, or holds a value that is not finite.
    pub(crate) fn values(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let mut values = Vec::new();
        self.raw(name, shape)?.widen(&mut values);
        if values.iter().all(|value| value.is_finite()) {
            return Ok(values);
        }
        Err(ModelError::NotFinite { path: self.path.clone(), name: format!("{}{name}", self.prefix) })
    }

    /// As [`Tensors::values`], under its present name or the one that the first exports gave it.
    pub(crate) fn values_or(
        &mut self,
        name: &str,
        old: &str,
        shape: &[usize],
    ) -> Result<Vec<f32>, ModelError> {
        let name = if self.has(name) || !self.has(old) { name } else { old };
        self.values(name, shape)
    }

    /// Looks at what nobody asked for.
    ///
    /// # Errors
    /// When that is more than what exports are known to carry along and `is_other` knows.
    pub(crate) fn finish(self, model_type: &str, is_other: impl Fn(&str) -> bool) -> Result<(), ModelError> {
        let is_unneeded = |name: &str| {
            let bare = name.strip_prefix(&self.prefix).unwrap_or(name);
            is_other(name) || UNNEEDED.iter().any(|known| bare.starts_with(known) || name.starts_with(known))
        };
        let unknown = self.header.names().find(|name| !self.used.contains(*name) && !is_unneeded(name));
        match unknown {
            None => Ok(()),
            Some(name) => Err(ModelError::UnknownTensor {
                path: self.path.clone(),
                name: name.to_owned(),
                model_type: model_type.to_owned(),
            }),
        }
    }
}

/// What to say when there are no weights: what is there instead decides.
fn missing_weights(path: &Path) -> ModelError {
    let folder = path.parent().unwrap_or(path);
    let needed = if folder.join("model.safetensors.index.json").is_file() {
        "the weights are cut into several files, which is not supported: write them into one with `save_pretrained(max_shard_size=...)`"
    } else if folder.join("pytorch_model.bin").is_file() {
        "pytorch_model.bin is a Python program and is not run: load and save it once with `safe_serialization=True`"
    } else {
        "the weights of the model"
    };
    ModelError::MissingFile { path: path.to_owned(), needed }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    F32,
    F16,
    Bf16,
}

/// Values as they lie in the file.
#[derive(Debug, Clone)]
pub(crate) struct RawTensor {
    format: Format,
    bytes: Vec<u8>,
}

impl RawTensor {
    fn value_bytes(&self) -> usize {
        if self.format == Format::F32 { 4 } else { 2 }
    }

    /// Appends all values.
    pub(crate) fn widen(&self, out: &mut Vec<f32>) {
        self.widen_row(0, self.bytes.len() / self.value_bytes(), out);
    }

    /// Appends one row of `row_len` values.
    pub(crate) fn widen_row(&self, row: usize, row_len: usize, out: &mut Vec<f32>) {
        let row_bytes = row_len * self.value_bytes();
        let bytes = &self.bytes[row * row_bytes..][..row_bytes];
        match self.format {
            Format::F32 => {
                out.extend(bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)));
            }
            Format::Bf16 => {
                let widen = |&[low, high]: &[u8; 2]| f32::from_le_bytes([0, 0, low, high]);
                out.extend(bytes.as_chunks::<2>().0.iter().map(widen));
            }
            Format::F16 => {
                let start = out.len();
                out.resize(start + row_len, 0.0);
                f16_to_f32(pleiad_kernels::Isa::best(), bytes, &mut out[start..]);
            }
        }
    }
}
