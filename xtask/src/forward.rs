use crate::step::Step;
use std::path::Path;
use std::process::{Command, Stdio};

/// One benchmark. `bench/` is a workspace of its own: what it compares with costs nobody else a build.
pub(crate) fn bench(root: &Path, args: &[String]) -> Result<(), String> {
    if args.is_empty() {
        return Err("cargo xtask bench <name> [args]: which one? (bench/src lists them)".into());
    }
    Step::cargo("benchmark", "run --release --manifest-path bench/Cargo.toml --").and(args).run(root)
}

/// The kill test of the command line crate; with `--peers` the same against other engines, in a workspace of its own.
pub(crate) fn crash(root: &Path, args: &[String]) -> Result<(), String> {
    if let Some((first, rest)) = args.split_first()
        && first == "--peers"
    {
        let run = "run --release --manifest-path peers/Cargo.toml --";
        return Step::cargo("crash of peers", run).and(rest).run(root);
    }
    Step::cargo("crash", "run --release -p pleiad-cli --bin pleiad-crash --").and(args).run(root)
}

/// The soak of the command line crate.
pub(crate) fn soak(root: &Path, args: &[String]) -> Result<(), String> {
    Step::cargo("soak", "run --release -p pleiad-cli --bin pleiad-crash -- soak").and(args).run(root)
}

/// `cargo deny` over `deny.toml`.
pub(crate) fn deny(root: &Path) -> Result<(), String> {
    let asked = Command::new("cargo")
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !asked.is_ok_and(|status| status.success()) {
        return Err("cargo-deny is not installed: cargo install --locked cargo-deny".into());
    }
    Step::cargo("dependencies", "deny --workspace check").run(root)
}
