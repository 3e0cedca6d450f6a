use super::error::ModelError;
use super::files::WeightFiles;
use super::safetensors::{Safetensors, Tensor};
use super::torch;
use pleiad_kernels::f16_to_f32;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// What stands before the names of a backbone's tensors, depending on what it was exported from.
const PREFIXES: [&str; 7] = ["", "bert.", "roberta.", "distilbert.", "model.", "bert_model.", "encoder."];

/// Tensors that some exports carry and no token vector needs: heads of the pre-training, buffers.
const UNNEEDED: [&str; 8] =
    ["pooler.", "cls.", "lm_head.", "head.", "decoder.", "embeddings.position_ids", "vocab_", "classifier."];

/// One file of weights.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    file: File,
    tensors: BTreeMap<String, Tensor>,
}

/// The tensors of a folder, which remember what nobody asked for.
#[derive(Debug)]
pub(crate) struct Tensors {
    parts: Vec<Part>,
    prefix: String,
    used: BTreeSet<String>,
    /// Where they are looked for.
    folder: PathBuf,
}

impl Tensors {
    /// Reads where the tensors lie in the files of a folder.
    ///
    /// # Errors
    /// When a file cannot be read, or one lacks a tensor that the index looks for in it.
    pub(crate) fn open(folder: &Path, weights: &WeightFiles) -> Result<Self, ModelError> {
        let parts = weights.files.iter().map(|path| Part::open(path)).collect::<Result<Vec<_>, _>>()?;
        for (name, path) in &weights.places {
            if !parts.iter().any(|part| part.path == *path && part.tensors.contains_key(name)) {
                return Err(ModelError::MissingTensor { path: path.clone(), name: name.clone() });
            }
        }
        Ok(Self { parts, ..Self::none(folder) })
    }

    /// No tensors at all: the first that is asked for is missing.
    pub(crate) fn none(folder: &Path) -> Self {
        let (parts, prefix, used) = Default::default();
        Self { parts, prefix, used, folder: folder.to_owned() }
    }

    fn find(&self, name: &str) -> Option<(usize, &Tensor)> {
        self.parts.iter().enumerate().find_map(|(at, part)| Some((at, part.tensors.get(name)?)))
    }

    /// The file to name where no better one is known.
    fn path(&self) -> PathBuf {
        self.parts.first().map_or_else(|| self.folder.join("model.safetensors"), |part| part.path.clone())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(|part| part.tensors.keys().map(String::as_str))
    }

    /// Finds out what stands before the names: the first known prefix with which `probe` is there.
    ///
    /// # Errors
    /// When it is there with none of them.
    pub(crate) fn find_prefix(&mut self, probe: &str) -> Result<(), ModelError> {
        let is_there = |prefix: &&&str| self.find(&format!("{prefix}{probe}")).is_some();
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
        ModelError::MissingTensor { path: self.path(), name }
    }

    /// The shape of a tensor; nothing where there is none of this name.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.find(&format!("{}{name}", self.prefix)).map(|(_, tensor)| tensor.shape.as_slice())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(&format!("{}{name}", self.prefix)).is_some()
    }

    /// The bytes of a tensor of halves or floats.
    pub(crate) fn raw(&mut self, name: &str, shape: &[usize]) -> Result<RawTensor, ModelError> {
        let name = format!("{}{name}", self.prefix);
        let Some((at, tensor)) = self.find(&name) else { return Err(self.missing(name)) };
        let tensor = tensor.clone();
        let format = match tensor.dtype.as_str() {
            "F32" => Some(Format::F32),
            "F16" => Some(Format::F16),
            "BF16" => Some(Format::Bf16),
            _ => None,
        };
        let Some(format) = format.filter(|_| tensor.shape == shape) else {
            let (path, expected) = (self.parts[at].path.clone(), shape.to_vec());
            return Err(ModelError::Tensor {
                path,
                name,
                dtype: tensor.dtype,
                shape: tensor.shape,
                expected,
            });
        };
        let bytes = self.parts[at].read(&tensor)?;
        self.used.insert(name);
        Ok(RawTensor { format, bytes })
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
        Err(ModelError::NotFinite { path: self.path(), name: format!("{}{name}", self.prefix) })
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
        let unknown = self.names().find(|name| !self.used.contains(*name) && !is_unneeded(name));
        match unknown {
            None => Ok(()),
            Some(name) => Err(ModelError::UnknownTensor {
                path: self.path(),
                name: name.to_owned(),
                model_type: model_type.to_owned(),
            }),
        }
    }
}

impl Part {
    fn open(path: &Path) -> Result<Self, ModelError> {
        let io = |source| ModelError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let tensors = if path.extension().is_some_and(|extension| extension == "safetensors") {
            let num_bytes = file.metadata().map_err(io)?.len();
            Safetensors::read_from(BufReader::new(&file), num_bytes)
                .map_err(|source| ModelError::Safetensors { path: path.to_owned(), source })?
                .into_tensors()
        } else {
            torch::read(path).map_err(|reason| ModelError::Torch { path: path.to_owned(), reason })?
        };
        Ok(Self { path: path.to_owned(), file, tensors })
    }

    fn read(&mut self, tensor: &Tensor) -> Result<Vec<u8>, ModelError> {
        // Where it lies was checked against the length of the file, so no more is allocated than there is.
        let mut bytes = vec![0; (tensor.end - tensor.begin) as usize];
        let read =
            self.file.seek(SeekFrom::Start(tensor.begin)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|source| ModelError::Io { path: self.path.clone(), source })?;
        Ok(bytes)
    }
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
