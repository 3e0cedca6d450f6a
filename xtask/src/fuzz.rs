//! libFuzzer over the readers of `crates/hostile`, on the stable compiler.

use crate::step::Step;
use std::fs;
use std::path::Path;

/// Time for each target unless `--seconds` says otherwise.
const DEFAULT_SECONDS: u32 = 60;

/// Longest time for one input, after which it counts as endless.
const MAX_INPUT_SECONDS: u32 = 10;

/// Compiler flags for counting coverage: those of `cargo fuzz` but for the address sanitizer,
/// which needs a nightly one.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Folder of new inputs, ignored by git.
const FOUND: &str = "fuzz/target/found";

/// Runs one target, or all of them one after the other.
///
/// # Errors
/// For other arguments, and when a target cannot be built or finds something; libFuzzer then names the input.
pub(crate) fn run(root: &Path, args: &[String]) -> Result<(), String> {
    let (names, seconds) = parse(root, args)?;
    let triple = host(root)?;
    for name in &names {
        build(&triple, name).run(root)?;
        let seeds = format!("{FOUND}/{name}-seeds");
        Step::cargo("seeds", "run --quiet -p pleiad-hostile --example seeds --")
            .and(&[name.clone(), seeds.clone()])
            .run(root)?;
        search(&triple, name, &seeds, seconds, root)?.run(root)?;
    }
    Ok(())
}

fn parse(root: &Path, args: &[String]) -> Result<(Vec<String>, u32), String> {
    let (mut names, mut seconds) = (Vec::new(), DEFAULT_SECONDS);
    let known = targets(root)?;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--seconds" {
            let value = args.next().and_then(|value| value.parse().ok());
            seconds = value.ok_or("cargo xtask fuzz --seconds N: how many?")?;
        } else if known.contains(arg) {
            names.push(arg.clone());
        } else {
            return Err(format!("cargo xtask fuzz: no target {arg:?}; there are {}", known.join(", ")));
        }
    }
    Ok((if names.is_empty() { known } else { names }, seconds))
}

/// The targets: one file each.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// The target that the compiler builds for: flags given with it leave build scripts alone.
fn host(root: &Path) -> Result<String, String> {
    let output = std::process::Command::new("rustc").arg("-vV").current_dir(root).output();
    let text = output.map_err(|error| format!("rustc cannot be started: {error}"))?.stdout;
    let text = String::from_utf8_lossy(&text);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".into())
}

fn build(triple: &str, name: &str) -> Step {
    Step::cargo("fuzz target", "build --release --manifest-path fuzz/Cargo.toml --target-dir fuzz/target")
        .and(&["--target".into(), triple.to_owned(), "--bin".into(), name.to_owned()])
        .with("RUSTFLAGS", COVERAGE)
}

fn search(triple: &str, name: &str, seeds: &str, seconds: u32, root: &Path) -> Result<Step, String> {
    let found = format!("{FOUND}/{name}");
    let mut folders = vec![found.clone(), seeds.to_owned()];
    let kept = format!("crates/hostile/corpus/{name}");
    if root.join(&kept).is_dir() {
        folders.push(kept);
    }
    fs::create_dir_all(root.join(&found)).map_err(|error| format!("{found}: {error}"))?;
    let limits = [
        format!("-artifact_prefix=fuzz/target/{name}-"),
        format!("-max_total_time={seconds}"),
        format!("-timeout={MAX_INPUT_SECONDS}"),
        "-rss_limit_mb=4096".into(),
        "-max_len=65536".into(),
    ];
    let program = format!("fuzz/target/{triple}/release/{name}");
    let args = folders.into_iter().chain(limits).collect();
    Ok(Step { title: "fuzz", program, args, variables: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_has_a_door() {
        let root = crate::repository_root();
        let list = fs::read_to_string(root.join("crates/hostile/src/targets/mod.rs")).unwrap();
        let doors = targets(&root).unwrap();
        for name in &doors {
            assert!(list.contains(&format!("reader(\"{name}\",")), "{name} is no target");
        }
        assert_eq!(
            list.matches("reader(\"").count(),
            doors.len(),
            "a target has no file in fuzz/fuzz_targets"
        );
        assert!(parse(&root, &["nonsense".into()]).unwrap_err().contains("manifest"));
        assert_eq!(parse(&root, &["log".into(), "--seconds".into(), "5".into()]).unwrap().1, 5);
    }
}
