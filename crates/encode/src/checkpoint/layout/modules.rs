use crate::checkpoint::dense::Dense;
use crate::weights::{MAX_SETTINGS_BYTES, ModelError, numbered_folders, read_whole};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The steps of a model of Sentence-Transformers, from `modules.json`.
pub(super) struct Modules {
    path: PathBuf,
    list: Vec<Module>,
}

/// One line of `modules.json`.
pub(super) struct Module {
    /// The name of its class.
    pub(super) kind: String,
    /// True for a class of PyLate.
    is_pylate: bool,
    /// Its folder.
    pub(super) folder: PathBuf,
}

impl Modules {
    /// Reads the list of a folder; an empty one where there is none.
    ///
    /// # Errors
    /// When the list cannot be read, or there is none and a step lies in the folder.
    pub(super) fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join("modules.json");
        let Some(bytes) = read_whole(&path, MAX_SETTINGS_BYTES)? else {
            return Self::without_list(folder, path);
        };
        let list: Vec<Value> = serde_json::from_slice(&bytes)
            .map_err(|source| ModelError::Json { path: path.clone(), source })?;
        let read = |module: &Value| {
            let class = module.get("type")?.as_str()?;
            let kind = class.rsplit('.').next()?.to_owned();
            let is_pylate = class.starts_with("pylate.");
            Some(Module { kind, is_pylate, folder: folder.join(module.get("path")?.as_str()?) })
        };
        match list.iter().map(read).collect() {
            Some(list) => Ok(Self { path, list }),
            None => Err(ModelError::MissingKey { path, key: "type` or `path` of a module".into() }),
        }
    }

    fn without_list(folder: &Path, path: PathBuf) -> Result<Self, ModelError> {
        match numbered_folders(folder)?.iter().any(|step| step.join("config.json").is_file()) {
            true => {
                Err(ModelError::MissingFile { path, needed: "the order of the numbered folders beside it" })
            }
            false => Ok(Self { path, list: Vec::new() }),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Module> {
        self.list.iter()
    }

    /// Returns whether one of them is of this class.
    pub(super) fn any(&self, kind: &str) -> bool {
        self.list.iter().any(|module| module.kind == kind)
    }

    /// Returns whether one of them is a class of PyLate.
    pub(super) fn are_pylates(&self) -> bool {
        self.list.iter().any(|module| module.is_pylate)
    }

    /// The dense layers in order.
    ///
    /// # Errors
    /// When one cannot be read, or another module is not among the `known`.
    pub(super) fn dense(&self, known: &[&str]) -> Result<Vec<Dense>, ModelError> {
        self.only(&[&["Dense"], known].concat())?;
        self.list
            .iter()
            .filter(|module| module.kind == "Dense")
            .map(|module| Dense::open(&module.folder))
            .collect()
    }

    /// Checks that all of them are of these classes.
    ///
    /// # Errors
    /// When one is not.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), ModelError> {
        match self.list.iter().find(|module| !known.contains(&module.kind.as_str())) {
            None => Ok(()),
            Some(module) => Err(self.wrong(&module.kind, &format!("one of {}", known.join(", ")))),
        }
    }

    pub(super) fn wrong(&self, found: &str, expected: &str) -> ModelError {
        ModelError::Key {
            path: self.path.clone(),
            key: "type".into(),
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }
}
