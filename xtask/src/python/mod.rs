//! The Python package: built in place, its tests, and those beside frameworks.

mod bench;
mod frameworks;
mod wheel;

pub(crate) use bench::run as bench;
pub(crate) use frameworks::run as run_beside_frameworks;
pub(crate) use wheel::dist;

use crate::step::Step;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The package with its module, and what its tests import, both ignored by git.
const PACKAGE: &str = "target/python/package";
const IMPORTS: &str = "target/python/imports";

/// Packages that the tests import, and a module of each.
const WANTED: [(&str, &str); 4] =
    [("numpy>=1.26", "numpy"), ("pytest", "pytest"), ("mypy", "mypy"), ("ruff", "ruff")];

/// Builds the module, puts it into a copy of the package and runs the tests of both.
///
/// # Errors
/// When there is no Python or no package: the tests were *not run* then, and the message says so. Or when they fail.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    imports(root).map_err(|why| format!("NOT RUN: the tests of the Python package were not run: {why}"))?;
    build(root)?;
    python("style of the Python package", root, IMPORTS, "-m ruff check --quiet python bench/python")
        .run(root)?;
    python("types of the Python package", root, IMPORTS, "-m mypy").run(root)?;
    python("stub of the module", root, IMPORTS, "-m mypy.stubtest pleiad._engine").run(root)?;
    python("tests of the Python package", root, IMPORTS, "-m pytest --quiet").run(root)
}

/// The same, for the test command: where it cannot be run, that is said and nothing fails.
///
/// # Errors
/// When a test fails.
pub(crate) fn run_where_installed(root: &Path) -> Result<(), String> {
    match run(root) {
        Err(why) if why.starts_with("NOT RUN") => {
            println!("==> {why}");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Compiles the module and puts it into a copy of the package.
fn build(root: &Path) -> Result<(), String> {
    Step::cargo("Python module", "build --package pleiad-python").run(root)?;
    let package = root.join(PACKAGE);
    copy(&root.join("python/pleiad"), &package.join("pleiad"))
        .map_err(|error| format!("{PACKAGE}: {error}"))?;
    let built = root.join(format!("target/debug/{DLL_PREFIX}_engine{DLL_SUFFIX}"));
    fs::copy(&built, package.join("pleiad/_engine.abi3.so"))
        .map_err(|error| format!("{}: {error}", built.display()))?;
    Ok(())
}

/// Python with the package and one folder of installed ones.
fn python(title: &'static str, root: &Path, imports: &str, args: &str) -> Step {
    let args = args.split_whitespace().map(str::to_owned).collect();
    python_in(title, root, &[PACKAGE, imports], args)
}

/// Python that imports from these folders.
fn python_in(title: &'static str, root: &Path, folders: &[&str], args: Vec<String>) -> Step {
    let folders: Vec<String> = folders.iter().map(|folder| root.join(folder).display().to_string()).collect();
    let path = folders.join(":");
    Step { title, program: "python3".to_owned(), args, variables: Vec::new() }.with("PYTHONPATH", &path)
}

/// Installs what the tests import, unless it is there.
fn imports(root: &Path) -> Result<(), String> {
    let modules = WANTED.map(|(_, module)| module).join(", ");
    let folder = root.join(IMPORTS);
    let can_import = Command::new("python3")
        .args(["-c", &format!("import {modules}")])
        .env("PYTHONPATH", &folder)
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("python3 cannot be started: {error}"))?;
    if can_import.success() {
        return Ok(());
    }
    Step::pip("imports of the tests", IMPORTS, &WANTED.map(|(package, _)| package)).run(root)
}

/// Copies the sources of a package.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
