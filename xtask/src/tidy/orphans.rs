use super::finding::Finding;
use super::tree::{TextFile, Tree};

/// Files that Cargo finds by their names.
const ROOTS: [&str; 3] = ["lib.rs", "main.rs", "mod.rs"];

/// A source file that no module names is compiled by nobody: what is changed there changes nothing.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let orphans = tree.rust().filter(|file| is_module(&file.path) && !is_named(tree, file));
    let message = "no module names this file, so that nobody compiles it: remove it, or add its `mod`";
    orphans.map(|file| Finding::new(&file.path, 0, message)).collect()
}

/// Returns whether a file is there only if another one says so.
fn is_module(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let is_program = folder.ends_with("/src/bin") || !folder.contains("/src") && !folder.contains("/tests/");
    !ROOTS.contains(&name) && !is_program
}

/// Returns whether a file above or beside it has its `mod`, under its own name or by its path.
fn is_named(tree: &Tree, file: &TextFile) -> bool {
    let Some((folder, name)) = file.path.rsplit_once('/') else { return true };
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    let (by_name, by_path) = (format!("mod {stem};"), format!("#[path = \"{name}\"]"));
    let beside = |other: &&TextFile| {
        let other_folder = other.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        other_folder == folder || other.path == format!("{folder}.rs")
    };
    tree.rust().filter(beside).any(|other| other.text.contains(&by_name) || other.text.contains(&by_path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_no_module_names_is_found() {
        let files = [
            ("crates/a/src/lib.rs", "mod b;\nmod c;\n"),
            ("crates/a/src/b.rs", "mod deep;\n#[path = \"other.rs\"]\nmod told;\n"),
            ("crates/a/src/other.rs", ""),
            ("crates/a/src/b/deep.rs", ""),
            ("crates/a/src/b/left.rs", ""),
            ("crates/a/src/c/mod.rs", ""),
            ("crates/a/src/bin/tool.rs", ""),
            ("crates/a/tests/it/main.rs", "mod one;"),
            ("crates/a/tests/it/one.rs", ""),
            ("crates/a/tests/it/two.rs", ""),
            ("crates/a/tests/alone.rs", ""),
            ("crates/a/examples/hello.rs", ""),
        ];
        let found: Vec<String> = check(&Tree::of(&files)).iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found[0].starts_with("crates/a/src/b/left.rs")
                && found[1].starts_with("crates/a/tests/it/two.rs")
        );
    }
}
