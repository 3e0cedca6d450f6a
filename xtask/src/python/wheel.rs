//! The package's wheel for this machine.

use crate::step::Step;
use std::fs;
use std::path::{Path, PathBuf};

/// The builder, and where its wheels lie; both ignored by git.
const MATURIN: &str = "target/python/maturin";
const WHEELS: &str = "target/python/wheels";

/// Builds a wheel for this machine and gives its path.
///
/// # Errors
/// When the builder cannot be installed or the module does not compile.
pub(super) fn build(root: &Path) -> Result<PathBuf, String> {
    let maturin = maturin(root)?;
    let folder = root.join(WHEELS);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{WHEELS}: {error}"))?;
    }
    let args = ["build", "--release", "--out", WHEELS].map(str::to_owned).to_vec();
    Step { title: "wheel", program: maturin, args, variables: Vec::new() }.run(root)?;
    let mut wheels = fs::read_dir(&folder).map_err(|error| format!("{WHEELS}: {error}"))?;
    match wheels.next() {
        Some(Ok(wheel)) => Ok(wheel.path()),
        _ => Err(format!("{WHEELS} holds no wheel")),
    }
}

/// The builder, installed if it is not there.
fn maturin(root: &Path) -> Result<String, String> {
    let folder = root.join(MATURIN);
    let maturin = folder.join("bin/maturin");
    if !maturin.is_file() {
        Step::pip("builder of wheels", MATURIN, &["maturin==1.16.0"]).run(root)?;
    }
    Ok(maturin.display().to_string())
}
