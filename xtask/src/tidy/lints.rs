use super::finding::Finding;
use super::manifest;
use super::tree::Tree;

/// Every member of the workspace takes the lints of the workspace.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree.files.iter().filter(|file| {
        let crates = file.path.starts_with("crates/") || file.path.starts_with("xtask/");
        crates && file.path.ends_with("/Cargo.toml")
    });
    manifests
        .filter(|file| !takes_workspace_lints(&file.text))
        .map(|file| {
            Finding::new(&file.path, 0, "add [lints] workspace = true: the house has one set of lints")
        })
        .collect()
}

fn takes_workspace_lints(text: &str) -> bool {
    let entries = manifest::entries(text);
    entries
        .iter()
        .any(|entry| (&*entry.section, &*entry.key, &*entry.value) == ("lints", "workspace", "true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_of_ones_own_are_found() {
        for (text, num_findings) in [
            ("[package]\nname = \"a\"\n[lints]\nworkspace = true\n", 0),
            ("[package]\nname = \"a\"\n", 1),
            ("[lints]\nworkspace = false\n", 1),
            ("[lints.clippy]\nall = \"allow\"\n", 1),
        ] {
            assert_eq!(check(&Tree::of(&[("crates/a/Cargo.toml", text)])).len(), num_findings, "{text}");
        }
    }
}
