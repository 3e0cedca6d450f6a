use super::error::ModelError;
use super::files::WeightFiles;
use super::packed::{Packing, body};
use super::safetensors::{Safetensors, Tensor};
use super::torch;
use crate::import::open_regular;
use pleiad_kernels::f16_to_f32;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Prefixes of the names of a backbone's tensors, depending on the model that it was exported from.
const PREFIXES: [&str; 7] = ["", "bert.", "roberta.", "distilbert.", "model.", "bert_model.", "encoder."];

/// Tensors that some exports carry and no token vector needs: heads of the pre-training, buffers.
const UNNEEDED: [&str; 8] =
    ["pooler.", "cls.", "lm_head.", "head.", "decoder.", "embeddings.position_ids", "vocab_", "classifier."];

/// One file of weights.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    source: Source,
    tensors: BTreeMap<String, Tensor>,
}

/// Place of the bytes of tensors.
#[derive(Debug)]
enum Source {
    File(File),
    /// A packed file in memory.
    Memory(Cow<'static, [u8]>),
}

/// The tensors of a folder, which remember what nobody asked for.
#[derive(Debug)]
pub(crate) struct Tensors {
    parts: Vec<Part>,
    prefix: String,
    used: BTreeSet<String>,
    /// Folder that they are read from.
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

    /// The tensors of a packed file.
    ///
    /// # Errors
    /// When it is damaged or of a version that is not known.
    pub(crate) fn packed(path: &Path, bytes: Cow<'static, [u8]>) -> Result<Self, ModelError> {
        let packed = |source| ModelError::Packed { path: path.to_owned(), source };
        let bytes = match bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(body(bytes).map_err(packed)?),
            Cow::Owned(bytes) => Cow::Owned(body(&bytes).map_err(packed)?.to_vec()),
        };
        let tensors = Safetensors::read_from(&*bytes, bytes.len() as u64)
            .map_err(|source| ModelError::Safetensors { path: path.to_owned(), source })?
            .into_tensors();
        let part = Part { path: path.to_owned(), source: Source::Memory(bytes), tensors };
        Ok(Self { parts: vec![part], ..Self::none(path) })
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

    /// Name, without the prefix of the backbone, and shape of each tensor that is not among those which no token vector
    /// needs.
    pub(crate) fn needed(&self) -> Vec<(String, Vec<usize>)> {
        let all = self.parts.iter().flat_map(|part| &part.tensors);
        let bare = all.map(|(name, tensor)| (name.strip_prefix(&self.prefix).unwrap_or(name), tensor));
        let is_needed = |name: &str| !UNNEEDED.iter().any(|known| name.starts_with(known));
        bare.filter(|&(name, _)| is_needed(name))
            .map(|(name, tensor)| (name.to_owned(), tensor.shape.clone()))
            .collect()
    }

    /// Rows of a tensor.
    pub(crate) fn num_rows(&self, name: &str) -> Result<usize, ModelError> {
        let found = self.find(&format!("{}{name}", self.prefix));
        found
            .and_then(|(_, tensor)| tensor.shape.first().copied())
            .ok_or_else(|| self.missing(name.to_owned()))
    }

    /// A file that stands among the tensors.
    pub(crate) fn file(&mut self, name: &str) -> Result<Cow<'static, [u8]>, ModelError> {
        let Some((at, tensor)) = self.find(name) else { return Err(self.missing(name.to_owned())) };
        let tensor = tensor.clone();
        self.used.insert(name.to_owned());
        self.parts[at].read(&tensor)
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
            other => Packing::named(other).map(Format::Packed),
        };
        let Some(format) = format.filter(|format| tensor.shape == shape && format.fits(&tensor)) else {
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
        Ok(RawTensor { format, row_len: shape.last().copied().unwrap_or(1), bytes })
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
        let file = open_regular(path).map_err(io)?;
        let tensors = if path.extension().is_some_and(|extension| extension == "safetensors") {
            let num_bytes = file.metadata().map_err(io)?.len();
            Safetensors::read_from(BufReader::new(&file), num_bytes)
                .map_err(|source| ModelError::Safetensors { path: path.to_owned(), source })?
                .into_tensors()
        } else {
            torch::read(path).map_err(|reason| ModelError::Torch { path: path.to_owned(), reason })?
        };
        Ok(Self { path: path.to_owned(), source: Source::File(file), tensors })
    }

    fn read(&mut self, tensor: &Tensor) -> Result<Cow<'static, [u8]>, ModelError> {
        // Where it lies was checked against the length of the file, so no more is allocated than there is.
        let (begin, end) = (tensor.begin as usize, tensor.end as usize);
        let file = match &mut self.source {
            Source::Memory(Cow::Borrowed(bytes)) => return Ok(Cow::Borrowed(&bytes[begin..end])),
            Source::Memory(Cow::Owned(bytes)) => return Ok(Cow::Owned(bytes[begin..end].to_vec())),
            Source::File(file) => file,
        };
        let mut bytes = vec![0; end - begin];
        let read = file.seek(SeekFrom::Start(tensor.begin)).and_then(|_| file.read_exact(&mut bytes));
        read.map_err(|source| ModelError::Io { path: self.path.clone(), source })?;
        Ok(Cow::Owned(bytes))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    F32,
    F16,
    Bf16,
    Packed(Packing),
}

impl Format {
    fn row_bytes(self, row_len: usize) -> usize {
        match self {
            Self::F32 => 4 * row_len,
            Self::F16 | Self::Bf16 => 2 * row_len,
            Self::Packed(packing) => packing.row_bytes(row_len),
        }
    }

    /// Returns whether a tensor has as many bytes as its shape says. Usual types were checked when the file was read.
    fn fits(self, tensor: &Tensor) -> bool {
        let Self::Packed(packing) = self else { return true };
        let Some((&row_len, outer)) = tensor.shape.split_last() else { return false };
        let num_rows = outer.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
        let num_bytes = num_rows.and_then(|rows| rows.checked_mul(packing.row_bytes(row_len)));
        num_bytes.is_some_and(|num_bytes| num_bytes as u64 == tensor.end - tensor.begin)
    }
}

/// Values as they lie in the file.
#[derive(Debug, Clone)]
pub(crate) struct RawTensor {
    format: Format,
    row_len: usize,
    bytes: Cow<'static, [u8]>,
}

impl RawTensor {
    /// Appends all values.
    pub(crate) fn widen(&self, out: &mut Vec<f32>) {
        let row_bytes = self.format.row_bytes(self.row_len).max(1);
        for row in 0..self.bytes.len() / row_bytes {
            self.widen_row(row, out);
        }
    }

    /// Appends one row.
    pub(crate) fn widen_row(&self, row: usize, out: &mut Vec<f32>) {
        let row_bytes = self.format.row_bytes(self.row_len);
        let bytes = &self.bytes[row * row_bytes..][..row_bytes];
        let start = out.len();
        match self.format {
            Format::F32 => {
                out.extend(bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)));
            }
            Format::Bf16 => {
                let widen = |&[low, high]: &[u8; 2]| f32::from_le_bytes([0, 0, low, high]);
                out.extend(bytes.as_chunks::<2>().0.iter().map(widen));
            }
            Format::F16 => {
                out.resize(start + self.row_len, 0.0);
                f16_to_f32(pleiad_kernels::Isa::best(), bytes, &mut out[start..]);
            }
            Format::Packed(packing) => {
                out.resize(start + self.row_len, 0.0);
                packing.widen_row(bytes, &mut out[start..]);
            }
        }
    }
}
