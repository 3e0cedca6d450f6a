//! Files of a model as they lie in its folder: settings, tensors, and the identity that both make up. Nothing here knows
//! what a model does with them.

mod error;
mod files;
mod identity;
mod packed;
mod read;
pub(crate) mod safetensors;
mod settings;
mod tensors;
pub(crate) mod torch;

pub use error::ModelError;
pub use packed::PackedError;

pub(crate) use files::WeightFiles;
pub(crate) use identity::{BGE_M3_HEAD, identity, name_of, numbered_folders};
#[cfg(any(test, feature = "testing"))]
pub(crate) use packed::HEADER_BYTES;
pub(crate) use packed::{CONFIG, GROUP, Groups, PROJECTION, Packing, Scale, Steps, TOKENIZER, around};
pub(crate) use read::{MAX_SETTINGS_BYTES, read_whole};
pub(crate) use settings::Settings;
pub(crate) use tensors::{RawTensor, Tensors};
