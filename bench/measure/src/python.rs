//! A Python that the caller names, for rivals that are Python packages.

use std::process::{Command, Stdio};

/// Names a Python interpreter that has rivals installed; without it they are left out.
pub const PYTHON: &str = "PLEIAD_BENCH_PYTHON";

/// Returns the interpreter, if it has the module.
///
/// # Errors
/// The way to one that has these packages.
pub fn interpreter(module: &str, packages: &str) -> Result<Command, String> {
    let way_out =
        format!("`python3 -m venv V && V/bin/pip install {packages}`, and V/bin/python in {PYTHON}");
    let Some(program) = std::env::var_os(PYTHON) else { return Err(way_out) };
    let mut asked = Command::new(&program);
    asked
        .args(["-c", &format!("import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)")]);
    let status = asked.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if status.is_ok_and(|status| status.success()) { Ok(Command::new(program)) } else { Err(way_out) }
}
