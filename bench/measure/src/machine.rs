//! Origin of a recorded table.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The CPU's own name for itself.
pub fn cpu_model() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map_or("unknown", |(_, value)| value.trim())
    };
    format!(
        "{} (family {}, model {}), {} cores",
        field("model name"),
        field("cpu family"),
        field("model\t"),
        std::thread::available_parallelism().map_or(1, usize::from)
    )
}

/// Most memory that this process has had, in KiB, mapped files included.
///
/// # Errors
/// When `/proc` does not tell.
pub fn peak_kib() -> Result<u64, String> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM in /proc/self/status")?;
    kib.parse().map_err(|error| format!("{kib}: {error}"))
}

/// The commit that is checked out, and whether files differ from it.
pub fn commit() -> String {
    let changed = output("git", &["status", "--porcelain", "--", "crates/kernels", "bench"]);
    let suffix = if changed.is_empty() { "" } else { " with changes" };
    format!("{}{suffix}", output("git", &["rev-parse", "--short=12", "HEAD"]))
}

/// Today, UTC.
pub fn date() -> String {
    output("date", &["-u", "+%Y-%m-%d"])
}

fn output(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).current_dir(root()).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(error) => format!("unknown ({error})"),
    }
}
