use crate::checkpoint::ModelError;
use std::path::{Path, PathBuf};

/// Where exports put a graph.
const PLACES: [&str; 2] = ["model.onnx", "onnx/model.onnx"];

/// What follows the name of a graph whose weights have a file of their own.
const OUTSIDE: [&str; 2] = ["_data", ".data"];

/// The graph of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OnnxFile {
    pub(crate) path: PathBuf,
}

impl OnnxFile {
    /// Looks for the graph of a folder.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn find(folder: &Path) -> Result<Self, ModelError> {
        let found = PLACES.iter().map(|place| folder.join(place)).find(|path| path.is_file());
        found.map(|path| Self { path }).ok_or_else(|| ModelError::MissingFile {
            path: folder.join(PLACES[0]),
            needed: "the graph that ONNX Runtime runs (or onnx/model.onnx). Export it \
                     (`optimum-cli export onnx --task feature-extraction`), or go without ONNX Runtime",
        })
    }

    /// All files that decide what it gives.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let outside = OUTSIDE.iter().map(|end| {
            let mut name = self.path.clone().into_os_string();
            name.push(end);
            PathBuf::from(name)
        });
        std::iter::once(self.path.clone()).chain(outside.filter(|path| path.is_file())).collect()
    }
}
