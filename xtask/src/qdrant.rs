//! Filters against the local mode of Qdrant's Python client.

use crate::step::Step;
use std::path::Path;

/// Folder of the installed package, ignored by git.
const FOLDER: &str = "target/qdrant-client";

/// Installs the package into a folder of its own if it is not there, and runs the test that asks it.
///
/// # Errors
/// When there is no Python or no package: the test was *not run* then, and the message says so. Or when it fails.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let folder = root.join(FOLDER);
    if !folder.join("qdrant_client").is_dir() {
        Step::pip("qdrant-client", FOLDER, &["qdrant-client==1.20.*"]).run(root).map_err(not_run)?;
    }
    let folder = folder.display().to_string();
    let test = Step::cargo("filters as Qdrant's client answers them", "test -p pleiad-filter qdrant");
    test.with("PLEIAD_QDRANT_CLIENT", &folder).run(root)
}

fn not_run(why: impl AsRef<str>) -> String {
    format!("NOT RUN: filters were not compared with Qdrant's client: {}", why.as_ref())
}
