use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Engines that can be run here.
pub(crate) const NAMES: [&str; 3] = ["next-plaid", "qdrant-edge", "xtr-warp-rs"];

/// Command that starts the child of an engine: with a role and a folder.
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    program: PathBuf,
    args: Vec<String>,
}

impl Engine {
    pub(crate) fn command(&self, role: &str, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).arg(role).arg(folder);
        command
    }
}

/// The engine of this name, or why it cannot be run.
pub(crate) fn find(name: &str) -> Result<Engine, String> {
    match name {
        "next-plaid" => {
            let program = env::current_exe().map_err(|error| error.to_string())?;
            Ok(Engine { name: "next-plaid", program, args: vec!["child".into()] })
        }
        "qdrant-edge" => python("qdrant-edge", "qdrant_edge", "qdrant-edge-py"),
        _ => python("xtr-warp-rs", "xtr_warp", "xtr-warp-rs (which brings 4.8 GB of PyTorch)"),
    }
}

/// The interpreter is that of `PLEIAD_PYTHON`, or `python3`.
fn python(name: &'static str, module: &str, package: &str) -> Result<Engine, String> {
    let program = env::var_os("PLEIAD_PYTHON").unwrap_or_else(|| "python3".into());
    let asked = Command::new(&program)
        .args(["-c", &format!("import {module}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !asked.is_ok_and(|status| status.success()) {
        let program = program.to_string_lossy();
        return Err(format!("{program} has no module {module}: install {package}, name it in PLEIAD_PYTHON"));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{module}_child.py"));
    if !script.is_file() {
        return Err(format!("nobody has written {} yet", script.display()));
    }
    Ok(Engine { name, program: program.into(), args: vec![script.display().to_string()] })
}
