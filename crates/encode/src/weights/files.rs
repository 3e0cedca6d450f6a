//! Files of the weights of a checkpoint.

use super::error::ModelError;
use super::settings::Settings;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names of one file of weights, the preferred one first; each may be cut into several, which `NAME.index.json` lists.
const NAMES: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];

const NEEDED: &str = "the weights of the model (or model.safetensors.index.json and the files that it names, or pytorch_model.bin)";

/// The files of a folder's weights, and which of them holds which tensor where that is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WeightFiles {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) places: BTreeMap<String, PathBuf>,
}

impl WeightFiles {
    /// One file.
    pub(crate) fn one(path: PathBuf) -> Self {
        Self { files: vec![path], places: BTreeMap::new() }
    }

    /// Looks for the weights of a folder.
    ///
    /// # Errors
    /// When there are none.
    pub(crate) fn find(folder: &Path) -> Result<Self, ModelError> {
        let missing = || ModelError::MissingFile { path: folder.join(NAMES[0]), needed: NEEDED };
        Self::find_any(folder)?.ok_or_else(missing)
    }

    /// The weights of a folder, if it has any.
    pub(crate) fn find_any(folder: &Path) -> Result<Option<Self>, ModelError> {
        for name in NAMES {
            let path = folder.join(name);
            if path.is_file() {
                return Ok(Some(Self::one(path)));
            }
            if let Some(index) = Settings::find(&folder.join(format!("{name}.index.json")))? {
                return Self::listed(folder, &index).map(Some);
            }
        }
        Ok(None)
    }

    fn listed(folder: &Path, index: &Settings) -> Result<Self, ModelError> {
        let map = index.inner("weight_map")?.ok_or_else(|| index.missing("weight_map"))?;
        let mut places = BTreeMap::new();
        for tensor in map.keys() {
            let file = map.text(tensor)?.ok_or_else(|| map.missing(tensor))?;
            if file.is_empty() || file.starts_with('.') || file.contains(['/', '\\']) {
                return Err(map.wrong(tensor, &file.into(), "the name of a file beside the index"));
            }
            places.insert(tensor.to_owned(), folder.join(file));
        }
        let mut files: Vec<PathBuf> = places.values().cloned().collect();
        files.sort();
        files.dedup();
        if files.is_empty() {
            return Err(index.missing("weight_map"));
        }
        Ok(Self { files, places })
    }
}
