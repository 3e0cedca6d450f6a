//! The benchmark of the wheel beside other engines with Python interfaces.

use super::{python_in, wheel};
use crate::step::Step;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The installed wheel, and what it is compared with; both ignored by git.
const INSTALLED: &str = "target/python/installed";
const PEERS: &str = "target/python/peers";

/// fast-plaid brings PyTorch, some 5 GB.
const PACKAGES: [&str; 5] =
    ["fast-plaid==1.7.0.2110", "qdrant-edge-py==0.9.0", "lancedb==0.40.0", "zstandard", "numpy"];

const RECORD: &str = "benchmarks/python.md";

/// Builds and installs the wheel, measures it beside the engines that are not named in `without`, and writes the record.
///
/// # Errors
/// When the wheel, the packages or the collection cannot be had, and when the measurement fails.
pub(crate) fn run(root: &Path, without: &[String]) -> Result<(), String> {
    let shared = env::var_os("PLEIAD_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let collection = shared.join("data/beir/scifact");
    if !collection.is_dir() {
        return Err(format!("NOT RUN: {} is not there: set PLEIAD_SHARED", collection.display()));
    }
    let wheel = wheel::build(root)?;
    let place = wheel.display().to_string();
    Step::pip("the wheel", INSTALLED, &["--upgrade", &place]).run(root)?;
    let note = root.join(PEERS).join("PACKAGES");
    let wanted = PACKAGES.join("\n");
    if !fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        Step::pip("what it is compared with", PEERS, &PACKAGES)
            .and(&["--no-compile".to_owned()])
            .run(root)?;
        fs::write(&note, &wanted).map_err(|error| format!("{}: {error}", note.display()))?;
    }
    let mut args =
        vec!["bench/python/record.py".to_owned(), collection.display().to_string(), place, commit(root)?];
    args.extend_from_slice(without);
    let page = python_in("benchmark of the Python package", root, &[INSTALLED, PEERS], args).output(root)?;
    fs::write(root.join(RECORD), page).map_err(|error| format!("{RECORD}: {error}"))?;
    println!("==> recorded in {RECORD}");
    Ok(())
}

/// The commit that is measured.
fn commit(root: &Path) -> Result<String, String> {
    let git = |args: &[&str]| {
        let told = Command::new("git").args(args).current_dir(root).output();
        told.map(|told| String::from_utf8_lossy(&told.stdout).trim().to_owned())
            .map_err(|error| format!("git cannot be started: {error}"))
    };
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    Ok(if changes.is_empty() { commit } else { format!("{commit} with changes") })
}
