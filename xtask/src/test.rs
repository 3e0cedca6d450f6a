use crate::api;
use crate::forward;
use crate::python;
use crate::step::Step;
use crate::tidy;
use std::path::Path;
use std::time::Instant;

/// Everything that must hold before a commit, cheapest first; stops at the first failure.
///
/// # Errors
/// The step that failed and the command to repeat it.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let start = Instant::now();
    Step::cargo("format", "fmt --all -- --check").run(root)?;
    Step::cargo("format of bench", "fmt --all --manifest-path bench/Cargo.toml -- --check").run(root)?;
    tidy::run(root).map_err(|findings| format!("{findings}\n  repeat with: cargo xtask tidy"))?;
    for step in compiled_steps() {
        step.run(root)?;
    }
    api::validate_where_installed(root)?;
    python::run_where_installed(root)?;
    forward::deny_where_installed(root)?;
    println!("==> everything holds: {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The steps that compile the workspace. `cargo test` without a target list also runs the examples of the
/// documentation and builds the example programs.
fn compiled_steps() -> [Step; 3] {
    [
        Step::cargo("lints", "clippy --workspace --all-targets -- -D warnings"),
        Step::cargo("tests", "test --workspace"),
        Step::cargo("documentation", "doc --workspace --no-deps").with("RUSTDOCFLAGS", "-D warnings"),
    ]
}
