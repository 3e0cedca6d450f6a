use crate::python;
use crate::step::Step;
use std::path::Path;
use std::process::{Command, Stdio};

/// The benchmarks of `bench/kernels`; `python` is a program of Python; `words` is that of the folder of its name, `tenants` and
/// `grants` are those of `bench/tenants`, `filters`, `filters-rivals`, `attributes` and `partitions` those of `bench/filters`, all others those of
/// `bench` itself.
const OF_KERNELS: [&str; 3] = ["kernels", "maxsim", "scan"];

/// One benchmark. `bench/` is a workspace of its own: what it compares with costs nobody else a build.
pub(crate) fn bench(root: &Path, args: &[String]) -> Result<(), String> {
    let Some(name) = args.first() else {
        return Err(
            "cargo xtask bench <name> [args]: which one? (bench/src, bench/kernels, bench/words, bench/tenants and bench/filters list them)".into()
        );
    };
    if name == "python" {
        return python::bench(root, &args[1..]);
    }
    if name == "kernels" {
        rival_library().run(root)?;
    }
    if name == "text" {
        Step::cargo("program", "build --release --package pleiad-cli --bin pleiad").run(root)?;
    }
    let package = match name.as_str() {
        name if OF_KERNELS.contains(&name) => "pleiad-bench-kernels",
        "words" => "pleiad-bench-words",
        "filters" | "filters-rivals" | "attributes" | "partitions" => "pleiad-bench-filters",
        "tenants" | "grants" => "pleiad-bench-tenants",
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
        true => dependency_steps("").iter().try_for_each(|step| step.run(root)),
        false => Err(DENY_IS_MISSING.into()),
    }
}

/// Licenses, sources and bans of every workspace where `cargo deny` is installed, and a line that says NOT RUN
/// elsewhere. Advisories are left to [`deny`]: they need the network.
pub(crate) fn deny_where_installed(root: &Path) -> Result<(), String> {
    match steps_where_installed(deny_is_installed()) {
        Ok(steps) => steps.iter().try_for_each(|step| step.run(root)),
        Err(skipped) => {
            println!("{skipped}");
            Ok(())
        }
    }
}

/// The way to what is missing.
const DENY_IS_MISSING: &str = "cargo-deny is not installed: cargo install --locked cargo-deny";

/// The steps that look at dependencies before a commit, or the line that says that they are not taken.
fn steps_where_installed(is_installed: bool) -> Result<Vec<Step>, String> {
    match is_installed {
        true => Ok(dependency_steps(" licenses bans sources")),
        false => Err(format!("==> dependencies: NOT RUN, {DENY_IS_MISSING}")),
    }
}

fn dependency_steps(checks: &str) -> Vec<Step> {
    let others = OTHER_WORKSPACES.iter().map(|workspace| {
        let args = format!(
            "deny --manifest-path {workspace}/Cargo.toml --workspace check --config deny.toml{checks}"
        );
        Step::cargo("dependencies of another workspace", &args)
    });
    let own = Step::cargo("dependencies", &format!("deny --workspace check{checks}"));
    std::iter::once(own).chain(others).collect()
}

fn deny_is_installed() -> bool {
    let asked = Command::new("cargo")
        .args(["deny", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;

    #[test]
    fn dependencies_of_every_workspace_are_looked_at_or_it_is_said_that_they_are_not() {
        let skipped = steps_where_installed(false).err().unwrap();
        assert!(skipped.contains("dependencies: NOT RUN") && skipped.contains("cargo install"), "{skipped}");
        let commands: Vec<String> =
            steps_where_installed(true).unwrap().iter().map(Step::to_string).collect();
        assert!(commands[0].starts_with("cargo deny --workspace check"), "{commands:?}");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let entries = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
        let is_workspace = |path: &std::path::PathBuf| {
            fs::read_to_string(path.join("Cargo.toml")).is_ok_and(|manifest| manifest.contains("[workspace]"))
        };
        let found: BTreeSet<String> = entries
            .filter(is_workspace)
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, OTHER_WORKSPACES.map(str::to_owned).into());
        for workspace in found {
            let path = format!("--manifest-path {workspace}/Cargo.toml");
            assert!(commands.iter().any(|command| command.contains(&path)), "{workspace}: {commands:?}");
        }
    }
}
