use crate::step::Step;
use std::path::Path;
use std::process::{Command, Stdio};

/// The benchmarks of `bench/kernels`; `words` is that of `bench/words`, all others are those of `bench` itself.
const OF_KERNELS: [&str; 3] = ["kernels", "maxsim", "scan"];

/// One benchmark. `bench/` is a workspace of its own: what it compares with costs nobody else a build.
pub(crate) fn bench(root: &Path, args: &[String]) -> Result<(), String> {
    let Some(name) = args.first() else {
        return Err(
            "cargo xtask bench <name> [args]: which one? (bench/src, bench/kernels and bench/words list them)".into()
        );
    };
    if name == "kernels" {
        rival_library().run(root)?;
    }
    if name == "text" {
        Step::cargo("program", "build --release --package pleiad-cli --bin pleiad").run(root)?;
    }
    let package = match name.as_str() {
        name if OF_KERNELS.contains(&name) => "pleiad-bench-kernels",
        "words" => "pleiad-bench-words",
        _ => "pleiad-bench",
    };
    let run = format!("run --release --manifest-path bench/Cargo.toml --package {package} --");
    Step::cargo("benchmark", &run).and(args).run(root)
}

/// The one thing that is built for the processor at hand: a rival that is slow otherwise.
fn rival_library() -> Step {
    let build = "build --release --manifest-path bench/Cargo.toml --package pleiad-bench-diskann";
    Step::cargo("rival", build)
        .and(&["--target-dir".into(), "bench/target/native".into()])
        .with("RUSTFLAGS", "-C target-cpu=native")
}

/// The kill test; with `--peers` the same against other engines, in a workspace of its own.
pub(crate) fn crash(root: &Path, args: &[String]) -> Result<(), String> {
    if let Some((first, rest)) = args.split_first()
        && first == "--peers"
    {
        let run = "run --release --manifest-path peers/Cargo.toml --";
        return Step::cargo("crash of peers", run).and(rest).run(root);
    }
    Step::cargo("crash", "run --release -p pleiad-crash --").and(args).run(root)
}

/// The soak.
pub(crate) fn soak(root: &Path, args: &[String]) -> Result<(), String> {
    Step::cargo("soak", "run --release -p pleiad-crash -- soak").and(args).run(root)
}

/// Workspaces beside the product: what they depend on reaches whoever benchmarks, compares or fuzzes.
const OTHER_WORKSPACES: [&str; 3] = ["bench", "peers", "fuzz"];

/// `cargo deny` over `deny.toml`, for the product and for every other workspace.
pub(crate) fn deny(root: &Path) -> Result<(), String> {
    match deny_is_installed() {
        true => check_dependencies(root, ""),
        false => Err("cargo-deny is not installed: cargo install --locked cargo-deny".into()),
    }
}

/// Licenses, sources and bans of every workspace where `cargo deny` is installed, and a line that says NOT RUN
/// elsewhere. Advisories are left to [`deny`]: they need the network.
pub(crate) fn deny_where_installed(root: &Path) -> Result<(), String> {
    if deny_is_installed() {
        return check_dependencies(root, " licenses bans sources");
    }
    println!("==> dependencies: NOT RUN, cargo-deny is not installed (cargo install --locked cargo-deny)");
    Ok(())
}

fn check_dependencies(root: &Path, checks: &str) -> Result<(), String> {
    Step::cargo("dependencies", &format!("deny --workspace check{checks}")).run(root)?;
    OTHER_WORKSPACES.iter().try_for_each(|workspace| {
        let args = format!(
            "deny --manifest-path {workspace}/Cargo.toml --workspace check --config deny.toml{checks}"
        );
        Step::cargo("dependencies of another workspace", &args).run(root)
    })
}

fn deny_is_installed() -> bool {
    let asked = Command::new("cargo")
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}
