use super::finding::Finding;
use super::tree::{TextFile, Tree};

/// No build is for one processor: kernels are chosen at run time, and what is measured is what is shipped.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| steers_a_build(file)) {
        for (number, line) in file.lines() {
            if line.contains("target-cpu") && !line.trim_start().starts_with('#') {
                let message = "target-cpu: build for the plain target, pleiad-kernels chooses at run time";
                findings.push(Finding::new(&file.path, number, message));
            }
        }
    }
    findings
}

/// Cargo's own files, scripts, and whatever has no extension (`.ci/run`).
fn steers_a_build(file: &TextFile) -> bool {
    ["toml", "sh", "py", "yml", "yaml", ""].contains(&file.extension()) || file.path.ends_with("build.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_for_one_processor_are_found() {
        let line = "rustflags = [\"-C\", \"target-cpu=native\"]\n";
        for path in [".cargo/config.toml", ".ci/run", "bench/build.rs", "run.sh"] {
            assert_eq!(check(&Tree::of(&[(path, line)])).len(), 1, "{path}");
        }
        assert!(check(&Tree::of(&[("docs/a.md", line)])).is_empty());
        assert!(check(&Tree::of(&[("Cargo.toml", "# never target-cpu\n")])).is_empty());
    }
}
