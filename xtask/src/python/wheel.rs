//! Wheels of the package: for this machine, and for every Linux that pip knows.

use crate::step::Step;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The builder, and where its wheels lie; both ignored by git.
const MATURIN: &str = "target/python/maturin";
const WHEELS: &str = "target/python/wheels";
const DIST: &str = "target/python/dist";

/// Processors that wheels are built for; zig is the compiler and the linker of both, with the C library of 2014.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/// Builds the wheels that are published.
///
/// # Errors
/// When the builder cannot be installed, a target's standard library is missing, or the module does not compile.
pub(crate) fn dist(root: &Path) -> Result<(), String> {
    let maturin = maturin(root)?;
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| format!("rustc cannot be started: {error}"))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    for target in TARGETS {
        if !sysroot.join("lib/rustlib").join(target).is_dir() {
            return Err(format!("NOT RUN: no wheel for {target}: rustup target add {target}"));
        }
        let args = ["build", "--release", "--zig", "--compatibility", "manylinux_2_17", "--target", target]
            .into_iter()
            .chain(["--out", DIST]);
        let args = args.map(str::to_owned).collect();
        // Maturin finds zig as a module of Python.
        Step { title: "wheel", program: maturin.clone(), args, variables: Vec::new() }
            .with("PYTHONPATH", &root.join(MATURIN).display().to_string())
            .run(root)?;
    }
    Ok(())
}

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
    if !maturin.is_file() || !folder.join("ziglang").is_dir() {
        Step::pip("builder of wheels", MATURIN, &["--upgrade", "maturin==1.16.0", "ziglang==0.17.1"])
            .run(root)?;
    }
    Ok(maturin.display().to_string())
}
