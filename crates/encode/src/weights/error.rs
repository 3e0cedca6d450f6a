use super::packed::PackedError;
use crate::error::{EncodeError, SafetensorsError};
use std::io;
use std::path::PathBuf;

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// A file that every checkpoint has is not there.
    #[error("{path} is missing: {needed}")]
    MissingFile {
        /// The file.
        path: PathBuf,
        /// Purpose of the file, or the way out.
        needed: &'static str,
    },
    /// A file is not the JSON that it should be.
    #[error("{path}: {source}")]
    Json {
        /// The file.
        path: PathBuf,
        /// Place and reason.
        source: serde_json::Error,
    },
    /// A setting is not there.
    #[error("{path}: no `{key}`")]
    MissingKey {
        /// The file.
        path: PathBuf,
        /// The setting.
        key: String,
    },
    /// A setting has a value that cannot be used.
    #[error("{path}: `{key}` is {found}, expected {expected}")]
    Key {
        /// The file.
        path: PathBuf,
        /// The setting.
        key: String,
        /// Its value, as JSON.
        found: String,
        /// Values that would work.
        expected: String,
    },
    /// The file of weights is damaged or not safetensors.
    #[error("{path}: {source}")]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: SafetensorsError,
    },
    /// A packed model is damaged, or a checkpoint cannot be packed.
    #[error("{path}: {source}")]
    Packed {
        /// Its name, or the folder of the checkpoint.
        path: PathBuf,
        /// The fault.
        source: PackedError,
    },
    /// A file of torch is damaged, or does more than hold tensors.
    #[error(
        "{path}: {reason}. Load it once in Python and write it with safetensors: \
         `model.save_pretrained(folder)`, or `safetensors.torch.save_file(tensors, \"model.safetensors\")`"
    )]
    Torch {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// A tensor of the model is not in the file.
    #[error("{path}: no tensor `{name}`")]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The tensor, with the prefix that the others have.
        name: String,
    },
    /// A tensor has another type or shape than the configuration says.
    #[error("{path}: tensor `{name}` is {dtype} {shape:?}, expected F32, F16 or BF16 {expected:?}")]
    Tensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Element type found.
        dtype: String,
        /// Shape found.
        shape: Vec<usize>,
        /// Shape that fits.
        expected: Vec<usize>,
    },
    /// A tensor holds a value that is not a number.
    #[error("{path}: tensor `{name}` holds a value that is not finite")]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// The file holds tensors that this kind of model does not have: it is another kind.
    #[error("{path}: tensor `{name}` has no place in a model of type {model_type}")]
    UnknownTensor {
        /// The file.
        path: PathBuf,
        /// The first such tensor.
        name: String,
        /// Value in `config.json`.
        model_type: String,
    },
    /// The library of ONNX Runtime cannot be used.
    #[error("ONNX Runtime in {library}: {reason}")]
    OnnxRuntime {
        /// The library.
        library: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A model for ONNX Runtime cannot be used.
    #[error("{path}: {reason}")]
    Onnx {
        /// Its file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// A token that the settings name is not in the vocabulary.
    #[error("{path}: no token {token:?}, which {needed}")]
    MissingToken {
        /// The tokenizer's file.
        path: PathBuf,
        /// The token.
        token: String,
        /// Who wants it.
        needed: &'static str,
    },
    /// The tokenizer cannot be used.
    #[error("{path}: {source}")]
    Tokenizer {
        /// Its file.
        path: PathBuf,
        /// The fault.
        source: EncodeError,
    },
    /// The model does not run over a text.
    #[error("{path}: {source}")]
    Text {
        /// Its folder.
        path: PathBuf,
        /// The fault.
        source: EncodeError,
    },
    /// A model of several languages was opened without one, or with one that it does not know.
    #[error("{path}: language {asked:?} is not one of {known:?}")]
    Language {
        /// `config.json`.
        path: PathBuf,
        /// Value that was asked for; nothing if none was.
        asked: Option<String>,
        /// Values that the model knows.
        known: Vec<String>,
    },
}
