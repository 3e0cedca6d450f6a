//! Models in ONNX Runtime, whose library comes from a Python package.

use crate::step::Step;
use std::path::{Path, PathBuf};

/// Folder of the installed package, ignored by git.
const FOLDER: &str = "target/onnxruntime";

/// Folder of the library within the package, in any version.
const INSIDE: &str = "onnxruntime/capi";

/// Installs the package into a folder of its own if it is not there, and runs the tests that need its library.
///
/// # Errors
/// When there is no Python or no package: the tests were *not run* then, and the message says so. Or when they fail.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let folder = root.join(FOLDER);
    if library(&folder).is_none() {
        Step::pip("onnxruntime", FOLDER, &["--no-deps", "onnxruntime==1.*"]).run(root).map_err(not_run)?;
    }
    let library = library(&folder).ok_or_else(|| not_run(format!("no library in {FOLDER}/{INSIDE}")))?;
    let library = library.display().to_string();
    for args in ["test -p pleiad-encode --features onnx onnx", "test -p pleiad-cli onnx"] {
        Step::cargo("models in ONNX Runtime", args).with("PLEIAD_ONNX_RUNTIME", &library).run(root)?;
    }
    Ok(())
}

fn not_run(why: impl AsRef<str>) -> String {
    format!("NOT RUN: the tests with ONNX Runtime were not run: {}", why.as_ref())
}

/// The library of the package, if it is installed.
fn library(folder: &Path) -> Option<PathBuf> {
    let Ok(entries) = folder.join(INSIDE).read_dir() else { return None };
    entries.flatten().map(|entry| entry.path()).find(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        ["libonnxruntime.", "onnxruntime.dll"].iter().any(|begin| name.starts_with(begin))
    })
}
